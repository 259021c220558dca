# Reads C++ just well enough for the rules: blanks out comments and literals, and finds blocks in braces.
import re

TOKEN = re.compile(
    r'//[^\n]*'
    r'|/\*.*?\*/'
    r'|R"(?P<tag>[^(\s]*)\(.*?\)(?P=tag)"'
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'",
    re.DOTALL)
NOT_A_FUNCTION = re.compile(r'\b(?:class|struct|union|enum|namespace)\b')
TEMPLATE_HEAD = re.compile(r'\btemplate\s*<[^{};]*?>(?=\s*[\w\[:])')


def blank(match):
    """Spaces of the same shape, so that line numbers survive."""
    text = match.group(0)
    inner = re.sub(r'[^\n]', ' ', text)
    if text.startswith('"') and len(text) >= 2:
        return '"' + inner[1:-1] + '"'
    return inner


def code_only(text):
    """The text with comments and the contents of literals blanked out, line by line the same."""
    return TOKEN.sub(blank, text)


def functions(code):
    """(head, first line, last line) of every outermost block that has a parameter list before its brace."""
    found = []
    open_blocks = []  # (head, line, is inside a function already)
    head_start = 0
    line = 1
    for at, char in enumerate(code):
        if char == '\n':
            line += 1
        elif char == '{':
            head = ' '.join(code[head_start:at].split())
            inside = bool(open_blocks) and open_blocks[-1][2]
            stripped = TEMPLATE_HEAD.sub('', head)
            is_function = '(' in head and not NOT_A_FUNCTION.search(stripped)
            open_blocks.append((head, line, inside or is_function, is_function and not inside))
            head_start = at + 1
        elif char == '}':
            if open_blocks:
                head, first, _, outermost = open_blocks.pop()
                if outermost:
                    found.append((head, first, line))
            head_start = at + 1
        elif char == ';':
            head_start = at + 1
    return found


def classes(code, head_pattern):
    """(name, first line, last line) of every outermost class; `head_pattern` finds its name in what is before its brace."""
    found = []
    open_blocks = []  # (name or None, first line)
    head_start = 0
    line = 1
    for at, char in enumerate(code):
        if char == '\n':
            line += 1
        elif char == '{':
            match = head_pattern.search(TEMPLATE_HEAD.sub('', ' '.join(code[head_start:at].split())))
            inside = any(name for name, _ in open_blocks)
            open_blocks.append((match.group(1) if match and not inside else None, line))
            head_start = at + 1
        elif char == '}':
            if open_blocks:
                name, first = open_blocks.pop()
                if name:
                    found.append((name, first, line))
            head_start = at + 1
        elif char == ';':
            head_start = at + 1
    return found
