"""Copies a CUDA library without the code for other GPUs, so that it packs small: its bytes become zeros, nothing moves.

    python3 scripts/gpu-check-prune.py IN OUT ARCHITECTURE        e.g. 90 for H100 and H200

A library's section .nv_fatbin is a row of containers, each with the same code for several architectures (machine code, or
PTX to be translated). A container's headers stay as they are. Of its entries stays the machine code that a driver picks for
the architecture: the newest of the same major version that is not newer; where there is none, the PTX. Whether drivers mind
the zeros is not verified.
"""

import mmap
import shutil
import struct
import sys

CONTAINER, PTX, MACHINE_CODE = 0xBA55ED50, 1, 2


def section(library, name):
    """Offset and size of a section of a 64-bit ELF file; None where there is none."""
    table, = struct.unpack_from('<Q', library, 0x28)
    size, count, names = struct.unpack_from('<HHH', library, 0x3A)
    header = lambda i: struct.unpack_from('<IIQQQQ', library, table + i * size)
    strings = header(names)[4]
    for i in range(count):
        at = strings + header(i)[0]
        if library[at:at + len(name) + 1] == name + b'\0':
            return header(i)[4:6]
    return None


def entries(library, start, end):
    """Of a container: kind, architecture, and where the code begins and ends."""
    at = start
    while at < end:
        kind, _, header, size = struct.unpack_from('<HHIQ', library, at)
        architecture, = struct.unpack_from('<I', library, at + 28)
        yield kind, architecture, at + header, at + header + size
        at += header + size


def kept(kind, architecture, codes, wanted):
    fitting = [code for code in codes if code // 10 == wanted // 10 and code <= wanted]
    if kind == MACHINE_CODE:
        return architecture == max(fitting, default=None)
    return kind != PTX or not fitting


def prune(library, wanted):
    """Returns how many bytes were zeroed."""
    found = section(library, b'.nv_fatbin')
    if found is None:
        return 0
    at, end = found[0], found[0] + found[1]
    zeroed = 0
    while at + 16 <= end:
        magic, _, header, size = struct.unpack_from('<IHHQ', library, at)
        if magic != CONTAINER:
            at += 8  # Containers are aligned; between them is nothing.
            continue
        inside = list(entries(library, at + header, at + header + size))
        codes = [architecture for kind, architecture, _, _ in inside if kind == MACHINE_CODE]
        for kind, architecture, start, stop in inside:
            if not kept(kind, architecture, codes, wanted):
                library[start:stop] = bytes(stop - start)
                zeroed += stop - start
        at += header + size
    return zeroed


def main():
    source, target, architecture = sys.argv[1], sys.argv[2], int(sys.argv[3])
    shutil.copyfile(source, target)
    with open(target, 'r+b') as file, mmap.mmap(file.fileno(), 0) as library:
        size = len(library)
        zeroed = prune(library, architecture)
    print(f'{target.split("/")[-1]}: {size / 1e6:.0f} MB, {zeroed / 1e6:.0f} MB of them code for other GPUs')


if __name__ == '__main__':
    main()
