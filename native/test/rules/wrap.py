#!/usr/bin/env python3
# Wraps the prose of Markdown files at 100 columns. Paragraphs and items of lists are laid out anew; headings, tables,
# code, quotes and HTML stay as they are.
#
#   wrap.py FILE...     rewrites the files
import pathlib
import re
import sys

COLUMNS = 100
FENCE = re.compile(r'^\s*(?:```|~~~)')
ITEM = re.compile(r'^(\s*)((?:[-*+]|\d+[.)])\s+)(.*)$')
# What is left as it is: headings, tables, quotes, HTML, rules, references.
FIXED = re.compile(r'^\s*(?:#|\||>|<|(?:-{3,}|={3,}|\*{3,})\s*$|\[[^\]]+\]:)')
# A word that would mean something else at the start of a line.
SPECIAL_WORD = re.compile(r'^(?:[-*+]|\d+[.)]|#+|>.*|\|.*|=+|-+|```.*|~~~.*|<.*)$')


def without_fences(text):
    """The text with the lines of fenced code blanked out."""
    lines, inside = [], False
    for line in text.splitlines():
        fence = bool(FENCE.match(line))
        lines.append('' if inside or fence else line)
        inside ^= fence
    return '\n'.join(lines)


def laid_out(words, first, rest):
    """The words in lines of at most COLUMNS, as far as words are short enough."""
    lines, line = [], first + words[0]
    for word in words[1:]:
        if len(line) + 1 + len(word) <= COLUMNS or SPECIAL_WORD.match(word):
            line += ' ' + word
        else:
            lines.append(line)
            line = rest + word
    return [*lines, line]


def wrapped(text):
    out, block, first, rest, fenced = [], [], '', '', False

    def end_block():
        nonlocal block
        if block:
            out.extend(laid_out(block, first, rest))
            block = []

    for line in text.splitlines():
        if FENCE.match(line) or fenced:
            end_block()
            fenced ^= bool(FENCE.match(line))
            out.append(line)
        elif not line.strip() or FIXED.match(line):
            end_block()
            out.append(line)
        elif match := ITEM.match(line):
            end_block()
            indent, bullet, content = match.groups()
            first, rest, block = indent + bullet, ' ' * len(indent + bullet), content.split() or ['']
        elif block:
            block += line.split()
        elif line.startswith('    '):
            out.append(line)
        else:
            indent = line[:len(line) - len(line.lstrip())]
            first, rest, block = indent, indent, line.split()
    end_block()
    return '\n'.join(out) + ('\n' if text.endswith('\n') else '')


def main():
    for name in sys.argv[1:]:
        path = pathlib.Path(name)
        text = path.read_text(encoding='utf-8')
        if wrapped(text) != text:
            path.write_text(wrapped(text), encoding='utf-8')


if __name__ == '__main__':
    main()
