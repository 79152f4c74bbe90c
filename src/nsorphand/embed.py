# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes a C source with a string NAME that holds the text of FILE: embed.py NAME FILE OUTPUT"""
import sys

name, source, output = sys.argv[1:]
with open(source, encoding='ascii') as f:
    lines = f.read().splitlines()
with open(output, 'w', encoding='ascii') as f:
    f.write(f'/* Made from {source.rsplit("/", 1)[-1]}. */\n')
    f.write(f'extern const char {name}[];\nconst char {name}[] =\n')
    for line in lines:
        escaped = line.replace('\\', '\\\\').replace('"', '\\"')
        f.write(f'        "{escaped}\\n"\n')
    f.write('        ;\n')
