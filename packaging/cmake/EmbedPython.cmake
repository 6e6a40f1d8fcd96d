# SPDX-License-Identifier: Apache-2.0
# cmake -DFOLDER=resources/python -DFILES=open,lenses/input -DOUTPUT=embedded.cpp -P EmbedPython.cmake: the templates' text for widgets/workspace/python_templates.h.
string(REPLACE "," ";" FILES "${FILES}")
set(text "// Made from resources/python; edit those.\n#include \"workspace/python_templates.h\"\n\nnamespace tessera::ui {\nnamespace {\n\nconstexpr PythonTemplate kTemplates[] = {\n")
foreach(name ${FILES})
    file(READ ${FOLDER}/${name}.py.in source)
    string(APPEND text "    {\"${name}\", R\"python(${source})python\"},\n")
endforeach()
string(APPEND text "};\n\n}  // namespace\n\nstd::span<const PythonTemplate> pythonTemplates() { return kTemplates; }\n\n}  // namespace tessera::ui\n")
file(WRITE ${OUTPUT} "${text}")
