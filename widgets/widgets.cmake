# SPDX-License-Identifier: GPL-3.0-or-later
find_package(Qt6 6.4 REQUIRED COMPONENTS Widgets OpenGLWidgets Svg DBus)
set(CMAKE_AUTOMOC ON)
set(CMAKE_AUTORCC ON)
tessera_library(tessera_widgets SOURCES
    theme/icons.cpp theme/studio_style.cpp theme/style_sheet.cpp theme/tessera.qrc theme/theme.cpp
    workspace/difference_kind.cpp workspace/dropped_files.cpp workspace/session.cpp workspace/session_commands.cpp
    # panels/docks
    panels/adjust_panel.cpp panels/banner.cpp panels/command_palette.cpp panels/dock.cpp panels/dock_title.cpp
    panels/fact_list.cpp panels/file_panel.cpp panels/hint_stack.cpp panels/labelled_combo.cpp panels/parameter_field.cpp
    panels/pixel_patches.cpp panels/word_line.cpp
    PUBLIC tessera_api tessera_canvas Qt6::Widgets Qt6::OpenGLWidgets
    PRIVATE Qt6::Svg Qt6::DBus)
target_include_directories(tessera_widgets PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
target_compile_definitions(tessera_widgets PUBLIC QT_NO_KEYWORDS)
