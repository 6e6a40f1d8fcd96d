# SPDX-License-Identifier: Apache-2.0
# cmake -DFOLDER=shaders -DFILES=canvas/a.vert,include/b.glsl -DOUTPUT=embedded.cpp -P EmbedShaders.cmake: the files' text for widgets/canvas/shader_source.h.
string(REPLACE "," ";" FILES "${FILES}")
set(text "// Made from shaders/; edit those.\n#include \"canvas/shader_source.h\"\n\nnamespace tessera::canvas {\nnamespace {\n\nconstexpr EmbeddedShader kShaders[] = {\n")
foreach(name ${FILES})
    file(READ ${FOLDER}/${name} source)
    string(APPEND text "    {\"${name}\", R\"glsl(${source})glsl\"},\n")
endforeach()
string(APPEND text "};\n\n}  // namespace\n\nstd::span<const EmbeddedShader> embeddedShaders() { return kShaders; }\n\n}  // namespace tessera::canvas\n")
file(WRITE ${OUTPUT} "${text}")
