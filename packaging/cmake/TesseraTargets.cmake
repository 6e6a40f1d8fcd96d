# SPDX-License-Identifier: Apache-2.0
# What every target of the project shares: warnings, sanitizers, ccache, and the way a test is declared.

find_program(TESSERA_CCACHE ccache)
if(TESSERA_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    # Precompiled headers need ccache to ignore their time stamps.
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${TESSERA_CCACHE})
    set(CMAKE_CUDA_COMPILER_LAUNCHER ${TESSERA_CCACHE})
endif()

add_library(tessera_options INTERFACE)
target_compile_options(tessera_options INTERFACE
    "$<$<COMPILE_LANGUAGE:C,CXX>:-Wall;-Wextra;-Wpedantic;-Wno-missing-field-initializers;$<$<BOOL:${TESSERA_WERROR}>:-Werror>>"
    "$<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fpch-preprocess>"
    "$<$<COMPILE_LANGUAGE:CUDA>:-Xcompiler=-Wall,-Wextra;$<$<BOOL:${TESSERA_WERROR}>:--Werror=all-warnings>>")
if(TESSERA_SANITIZE)
    add_compile_options(-fsanitize=${TESSERA_SANITIZE} -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${TESSERA_SANITIZE})
endif()

# tessera_library(NAME [SHARED|MODULE] SOURCES ... PUBLIC ... PRIVATE ...): includes start at engine/ or the folder's layer.
function(tessera_library name)
    cmake_parse_arguments(ARG "SHARED;MODULE" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
    set(kind STATIC)
    if(ARG_SHARED)
        set(kind SHARED)
    elseif(ARG_MODULE)
        set(kind MODULE)
    endif()
    add_library(${name} ${kind} ${ARG_SOURCES})
    target_link_libraries(${name} PUBLIC ${ARG_PUBLIC} PRIVATE tessera_options ${ARG_PRIVATE})
endfunction()

# What most files of the studio include.
set(TESSERA_QT_HEADERS <algorithm> <functional> <map> <memory> <optional> <string> <vector>
    <QAction> <QApplication> <QFileInfo> <QHeaderView> <QImage> <QKeyEvent> <QLabel> <QMenu> <QPainter> <QTableView> <QTimer> <QToolButton> <QVBoxLayout> <QWidget>)

# tessera_add_test(folder/subject SOURCES ... LIBS ... [XVFB] [LABELS ...] [TIMEOUT s] [OPENS_SAMPLES PATTERN...]): one GoogleTest program,
# one ctest name. XVFB runs it under its own X server with software GL. Cases that match OPENS_SAMPLES read PNG or JPEG files, so a build
# without TESSERA_IMAGE_FILES leaves them out.
function(tessera_add_test name)
    cmake_parse_arguments(ARG "XVFB;RUN_SERIAL" "TIMEOUT" "SOURCES;LIBS;LABELS;ARGS;OPENS_SAMPLES" ${ARGN})
    string(REPLACE "/" "_" target test_${name})
    add_executable(${target} ${ARG_SOURCES})
    target_link_libraries(${target} PRIVATE tessera_options ${ARG_LIBS} GTest::gmock_main GTest::gmock GTest::gtest)
    target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
    # Tests compile for longer than they run.
    target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O1>)
    if("${ARG_LIBS}" MATCHES "widgets|studio|Qt6")
        target_compile_definitions(${target} PRIVATE QT_NO_KEYWORDS)  # as in the headers, which serve nobody else
        target_precompile_headers(${target} REUSE_FROM tessera_test_headers_qt)
    else()
        target_precompile_headers(${target} REUSE_FROM tessera_test_headers)
    endif()
    target_compile_definitions(${target} PRIVATE
        TESSERA_SOURCE_DIR="${CMAKE_SOURCE_DIR}" TESSERA_BINARY_DIR="${CMAKE_BINARY_DIR}")
    if(ARG_XVFB)
        add_test(NAME ${name} COMMAND ${CMAKE_SOURCE_DIR}/packaging/with-display $<TARGET_FILE:${target}> ${ARG_ARGS})
    else()
        add_test(NAME ${name} COMMAND ${target} ${ARG_ARGS})
    endif()
    if(NOT ARG_TIMEOUT)
        set(ARG_TIMEOUT 300)
    endif()
    set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABELS}")
    if(ARG_OPENS_SAMPLES AND NOT TESSERA_IMAGE_FILES)
        list(JOIN ARG_OPENS_SAMPLES ":" patterns)
        set_tests_properties(${name} PROPERTIES ENVIRONMENT "GTEST_FILTER=-${patterns}")
    endif()
    if(ARG_RUN_SERIAL)
        set_tests_properties(${name} PROPERTIES RUN_SERIAL ON)
    endif()
endfunction()
