# SPDX-License-Identifier: GPL-3.0-or-later
find_package(Qt6 6.4 REQUIRED COMPONENTS Widgets OpenGLWidgets Svg DBus)
set(CMAKE_AUTOMOC ON)
set(CMAKE_AUTORCC ON)
tessera_library(tessera_widgets SOURCES
    theme/icons.cpp theme/studio_style.cpp theme/style_sheet.cpp theme/tessera.qrc theme/theme.cpp
    workspace/column_edits.cpp workspace/columns.cpp workspace/difference_kind.cpp workspace/dropped_files.cpp workspace/prompts.cpp workspace/session.cpp workspace/session_commands.cpp workspace/session_file.cpp workspace/session_json.cpp workspace/session_state.cpp workspace/token_edits.cpp workspace/workspace.cpp
    bridge/agreement_reader.cpp bridge/cell_board.cpp bridge/cell_wish.cpp bridge/drag_read.cpp bridge/engine_edits.cpp bridge/engine_host.cpp bridge/latent_reader.cpp bridge/model_warm_up.cpp bridge/qt_executor.cpp bridge/ranking_reader.cpp bridge/row_sources.cpp bridge/studio_trace.cpp bridge/token_reader.cpp bridge/work_estimate.cpp
    models/images_model.cpp models/latents_model.cpp models/log_model.cpp models/metrics_model.cpp models/models_model.cpp models/probe_model.cpp models/prompts_model.cpp
    # panels/docks
    panels/adjust_panel.cpp panels/agreement_panel.cpp panels/answer_list.cpp panels/banner.cpp panels/command_palette.cpp panels/describe_panel.cpp panels/dock.cpp panels/dock_title.cpp
    panels/fact_list.cpp panels/file_panel.cpp panels/hint_stack.cpp panels/image_list.cpp panels/image_row_painter.cpp panels/images_panel.cpp
    panels/histogram_data.cpp panels/histogram_model.cpp panels/histogram_panel.cpp panels/histogram_plot.cpp panels/labelled_combo.cpp panels/log_panel.cpp panels/metrics_panel.cpp panels/model_row_painter.cpp panels/models_panel.cpp panels/parameter_field.cpp panels/parameter_step.cpp
    panels/pixel_panel.cpp panels/pixel_patches.cpp panels/prompts_panel.cpp panels/ranking_panel.cpp panels/table_painter.cpp panels/timeline.cpp panels/word_line.cpp
    PUBLIC tessera_api tessera_canvas Qt6::Widgets Qt6::OpenGLWidgets
    PRIVATE Qt6::Svg Qt6::DBus nlohmann_json::nlohmann_json)
target_include_directories(tessera_widgets PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
target_compile_definitions(tessera_widgets PUBLIC QT_NO_KEYWORDS)
target_precompile_headers(tessera_widgets PRIVATE ${TESSERA_QT_HEADERS})

# panels/stage
target_sources(tessera_widgets PRIVATE
    panels/empty_state.cpp panels/stage_view.cpp panels/strip.cpp panels/strip_parameters.cpp
    panels/stage/board_cells.cpp panels/stage/board_grounds.cpp panels/stage/board_header.cpp panels/stage/board_headers.cpp panels/stage/board_layout.cpp panels/stage/board_menus.cpp panels/stage/board_reader.cpp
    panels/stage/difference_menu.cpp panels/stage/sweep_popup.cpp
    panels/stage/busy_overlay.cpp panels/stage/cell_badge.cpp panels/stage/cell_caption.cpp panels/stage/cell_face.cpp
    panels/stage/cell_view.cpp panels/stage/details_popup.cpp panels/stage/drop_dashes.cpp panels/stage/fitted_words.cpp panels/stage/frame_hold.cpp panels/stage/frame_target.cpp
    panels/stage/header_words.cpp panels/stage/hint_button.cpp panels/stage/hud_figures.cpp panels/stage/hud_view.cpp panels/stage/legend_bar.cpp panels/stage/linked_sign.cpp
    panels/stage/measure_words.cpp panels/stage/number_field.cpp panels/stage/number_words.cpp
    panels/stage/parameter_slider.cpp panels/stage/picture_look.cpp panels/stage/place_marks.cpp panels/stage/probe_reader.cpp
    panels/stage/sample_card.cpp panels/stage/stage_accessible.cpp panels/stage/stage_canvas.cpp panels/stage/state_cell.cpp
    panels/stage/state_words.cpp panels/stage/swap_trace.cpp
    panels/stage/code_field.cpp panels/stage/token_bar.cpp panels/stage/token_clipboard.cpp panels/stage/token_hand.cpp panels/stage/token_keyboard.cpp
    panels/stage/token_surgery.cpp panels/stage/token_words.cpp
    panels/stage/viewport.cpp panels/stage/word_row.cpp)
target_link_libraries(tessera_widgets PRIVATE tessera_overlay)

# panels/codes
find_package(Qt6 6.4 REQUIRED COMPONENTS PrintSupport)  # QCustomPlot's package looks for nothing itself
find_package(QCustomPlotQt6 REQUIRED)
target_sources(tessera_widgets PRIVATE
    bridge/code_pictures.cpp bridge/codebook_reader.cpp bridge/codeword_maths.cpp bridge/depth_reader.cpp bridge/library_codes.cpp bridge/picture_image.cpp
    models/codebook_model.cpp models/depth_history_model.cpp models/numbers_model.cpp models/table_text.cpp
    panels/codes/codebook_panel.cpp panels/codes/codes_panel.cpp panels/codes/codewords_panel.cpp panels/codes/depth_history_panel.cpp panels/codes/depths_panel.cpp
    panels/codes/patch_painter.cpp panels/codes/plot_twin.cpp panels/codes/rate_panel.cpp panels/codes/usage_panel.cpp panels/plot_view.cpp)
target_link_libraries(tessera_widgets PUBLIC tessera_code_maths PRIVATE QCustomPlotQt6::QCustomPlotQt6)
set_source_files_properties(panels/plot_view.cpp PROPERTIES SKIP_PRECOMPILE_HEADERS ON)  # sees Qt with its keywords
# panels/train
target_sources(tessera_widgets PRIVATE
    bridge/training_run.cpp
    panels/train/curve_legend.cpp panels/train/curve_plot.cpp panels/train/curves_model.cpp panels/train/curves_view.cpp panels/train/messages_panel.cpp
    panels/train/run_panel.cpp panels/train/samples_panel.cpp panels/train/train_view.cpp)
target_link_libraries(tessera_widgets PUBLIC tessera_run_files)
# panels/generate
find_package(Qt6 6.4 REQUIRED COMPONENTS Sql)
target_sources(tessera_widgets PRIVATE
    generate/branch_tree.cpp generate/draw_desk.cpp generate/draw_history.cpp generate/draw_queue.cpp generate/drawing.cpp generate/drawing_sweep.cpp generate/drawing_words.cpp generate/trace_bytes.cpp generate/word_weights.cpp
    panels/generate/alternatives_panel.cpp panels/generate/branches_panel.cpp panels/generate/class_field.cpp panels/generate/draw_card.cpp panels/generate/drawn_canvas.cpp panels/generate/generate_view.cpp
    panels/generate/history_panel.cpp panels/generate/prompt_panel.cpp panels/generate/queue_panel.cpp panels/generate/row_list.cpp panels/generate/step_map.cpp panels/generate/sweep_dialog.cpp panels/generate/token_map.cpp panels/generate/trace_map.cpp panels/generate/words_panel.cpp)
target_link_libraries(tessera_widgets PRIVATE Qt6::Sql)
# GCC 12 takes what an optional or the other side of a Result does not hold for uninitialised when it inlines both.
set_source_files_properties(bridge/cell_board.cpp panels/stage/board_menus.cpp PROPERTIES COMPILE_OPTIONS -Wno-maybe-uninitialized)
