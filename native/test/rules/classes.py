# How long a class is, wherever its methods lie: its own block, and every method that is defined outside of it.
# A class is looked for by its name within its room.
import re

import cpp_text

CLASS_LINES_MAX = 400
CLASS_HEAD = re.compile(r'\b(?:class|struct)\s+(?:\[\[\w+\]\]\s*)?(\w+)(?:\s+final)?\s*(?::[^:].*)?$')
METHOD_HEAD = re.compile(r'(?:^|[\s*&>])((?:\w+(?:<[^<>()]*>)?::)+)(?:~?\w+|operator\s*\S+)\s*\(')


def room_of(path):
    """native/src/<room>, or the folder below native/ for what is in no room."""
    parts = path.split('/')
    return '/'.join(parts[:3] if parts[1] == 'src' else parts[:2])


def method_owner(head):
    """The outermost class of a method that is defined outside of it, or None."""
    match = METHOD_HEAD.search(cpp_text.TEMPLATE_HEAD.sub('', head))
    if not match:
        return None
    return re.sub(r'<.*', '', match.group(1).split('::')[0])


def class_lengths(files):
    """(room, name) -> (lines, path of its own block), over all files of a room."""
    blocks, lines = {}, {}
    for path, text in files:
        room = room_of(path)
        code = cpp_text.code_only(text)
        for name, first, last in cpp_text.classes(code, CLASS_HEAD):
            blocks[room, name] = path
            lines[room, name] = lines.get((room, name), 0) + last - first + 1
        for head, first, last in cpp_text.functions(code):
            owner = method_owner(head)
            if owner:
                lines[room, owner] = lines.get((room, owner), 0) + last - first + 1
    return {key: (lines[key], path) for key, path in blocks.items()}


def check_classes(files):
    """(path, rule, line, what) of classes that are too long."""
    for (_, name), (lines, path) in sorted(class_lengths(files).items()):
        if lines > CLASS_LINES_MAX:
            yield path, 'class-length', 1, f'{name} has {lines} lines, limit {CLASS_LINES_MAX}: a noun is missing'
