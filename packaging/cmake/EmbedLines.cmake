# SPDX-License-Identifier: Apache-2.0
# cmake -DFILE=classes.txt -DHEADER=families/image_net_names.h -DCONSTANT=kImageNetNames -DOUTPUT=names.cpp -P EmbedLines.cmake: a text as the std::string_view of that header.
file(READ ${FILE} text)
file(WRITE ${OUTPUT} "// Made from ${FILE}; edit that.\n#include \"${HEADER}\"\n\nnamespace tessera {\nconst std::string_view ${CONSTANT} = R\"lines(${text})lines\";\n}  // namespace tessera\n")
