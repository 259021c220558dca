# Writes the file PROGRAM as an array to the file BYTES.
file(READ ${PROGRAM} hex HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," numbers "${hex}")
string(REGEX REPLACE "((0x..,){16})" "\\1\n" numbers "${numbers}")
file(WRITE ${BYTES} "extern \"C\" const unsigned char kera_keeper_program[];
extern \"C\" const unsigned long kera_keeper_program_bytes;
const unsigned char kera_keeper_program[] = {
${numbers}
};
const unsigned long kera_keeper_program_bytes = sizeof(kera_keeper_program);
")
