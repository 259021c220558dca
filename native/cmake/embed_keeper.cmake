# Writes the file PROGRAM as an array to the file BYTES.
file(READ ${PROGRAM} hex HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," numbers "${hex}")
string(REGEX REPLACE "((0x..,){16})" "\\1\n" numbers "${numbers}")
file(WRITE ${BYTES} "extern \"C\" const unsigned char kKeraKeeperProgram[];
extern \"C\" const unsigned long kKeraKeeperProgramBytes;
const unsigned char kKeraKeeperProgram[] = {
${numbers}
};
const unsigned long kKeraKeeperProgramBytes = sizeof(kKeraKeeperProgram);
")
