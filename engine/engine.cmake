# SPDX-License-Identifier: Apache-2.0
find_package(LibTorch 2.11 REQUIRED)

# A new family, lens or recipe is its file and one line in the registry beside it.
file(GLOB families_and_lenses RELATIVE ${CMAKE_CURRENT_SOURCE_DIR} CONFIGURE_DEPENDS families/*.cpp lenses/*.cpp train/recipes/*.cpp)

set(image_net ${PROJECT_SOURCE_DIR}/resources/imagenet/classes.txt)
set(embed_lines ${PROJECT_SOURCE_DIR}/packaging/cmake/EmbedLines.cmake)
add_custom_command(OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/image_net_names.cpp
    COMMAND ${CMAKE_COMMAND} -DFILE=${image_net} -DHEADER=families/image_net_names.h -DCONSTANT=kImageNetNames -DOUTPUT=${CMAKE_CURRENT_BINARY_DIR}/image_net_names.cpp -P ${embed_lines}
    DEPENDS ${embed_lines} ${image_net} VERBATIM)
set_source_files_properties(${CMAKE_CURRENT_BINARY_DIR}/image_net_names.cpp PROPERTIES SKIP_PRECOMPILE_HEADERS ON)

# Everything that touches tensors. An archive, so that tests reach its parts through engine/testing without a tensor header.
tessera_library(tessera_engine_objects SOURCES
    device/activation_memory.cpp
    device/cpu_features.cpp
    device/cuda_ops.cpp
    device/torch_bridge.cpp
    layers/activation.cpp
    layers/attention.cpp
    layers/attention_windows.cpp
    layers/convolution.cpp
    layers/depthwise_convolution.cpp
    layers/group_norm.cpp
    layers/group_norm_cpu.cpp
    layers/int8_product.cpp
    layers/language_linear.cpp
    layers/layer_norm.cpp
    layers/linear.cpp
    layers/multi_head_attention.cpp
    layers/row_source.cpp
    layers/transformer_block.cpp
    layers/weights.cpp
    layers/winograd.cpp
    quantize/coarse_codebook.cpp
    quantize/coarse_scan.cpp
    quantize/code_search.cpp
    quantize/beam_search.cpp
    quantize/codebook_quantizer.cpp
    quantize/device_search.cpp
    quantize/nearest_code.cpp
    quantize/vector_search.cpp
    quantize/token_facts.cpp
    local/bench.cpp
    local/device_choice.cpp
    local/drawing_in_turn.cpp
    local/drawing_request.cpp
    local/drawing_stages.cpp
    local/drawing_stepper.cpp
    local/edit_store.cpp
    local/finite_guard.cpp
    local/influence_stages.cpp
    local/local_engine.cpp
    local/local_planner.cpp
    local/margins.cpp
    local/model_input.cpp
    local/model_search.cpp
    local/model_store.cpp
    local/parity.cpp
    local/source_store.cpp
    local/token_source.cpp
    local/token_stages.cpp
    local/text_stages.cpp
    train/adamw.cpp
    train/frozen_vae.cpp
    train/held_out_figures.cpp
    train/frozen_tokens.cpp
    train/k_means.cpp
    train/language_losses.cpp
    train/language_samples.cpp
    train/losses.cpp
    train/kept_codes.cpp
    train/kept_latents.cpp
    train/related_texts.cpp
    train/moving_codebooks.cpp
    train/new_model.cpp
    train/parameters.cpp
    train/patch_discriminator.cpp
    train/recipe.cpp
    train/recipe_file.cpp
    train/run_folder.cpp
    train/trainer.cpp
    train/training_parity.cpp
    ${families_and_lenses}
    ${CMAKE_CURRENT_BINARY_DIR}/image_net_names.cpp
    PUBLIC tessera_api tessera_jobs
    PRIVATE tessera_training_data tessera_files tessera_checkpoint tessera_text tessera_yaml tessera_store tessera_image tessera_kernels tessera_cuda_loader LibTorch::cpu nlohmann_json::nlohmann_json)
target_include_directories(tessera_engine_objects PRIVATE ${PROJECT_SOURCE_DIR}/engine)
find_path(TOMLPLUSPLUS_INCLUDE_DIR toml++/toml.h REQUIRED)
set_source_files_properties(train/recipe_file.cpp PROPERTIES SKIP_PRECOMPILE_HEADERS ON)  # toml++ and no tensors
# Distances are the same bits on every processor. What is compiled for one kind of processor alone shares no header with the rest.
set_source_files_properties(quantize/vector_search.cpp PROPERTIES COMPILE_OPTIONS -ffp-contract=off)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    target_sources(tessera_engine_objects PRIVATE layers/int8_product_avx2.cpp quantize/coarse_scan_avx2.cpp quantize/coarse_scan_avx512.cpp)
    set_source_files_properties(layers/int8_product_avx2.cpp quantize/coarse_scan_avx2.cpp PROPERTIES SKIP_PRECOMPILE_HEADERS ON COMPILE_OPTIONS "-mavx2;-mfma")
    # g++ 12 takes the undefined vectors of its own intrinsics for a mistake (GCC bug 105593).
    set_source_files_properties(quantize/coarse_scan_avx512.cpp PROPERTIES SKIP_PRECOMPILE_HEADERS ON
        COMPILE_OPTIONS "-mavx512f;-mavx512bw;-mavx512dq;-mavx512vl;-mavx512vnni;-Wno-maybe-uninitialized")
endif()
target_compile_definitions(tessera_engine_objects PRIVATE TESSERA_RESOURCE_DIR="${PROJECT_SOURCE_DIR}/resources")
# LibTorch's parallel loops are OpenMP pragmas in its headers; the runtime is the one it brings, or the system's.
get_filename_component(torch_libraries ${LibTorch_C10_LIBRARY} DIRECTORY)
find_library(TESSERA_GOMP_LIBRARY NAMES libgomp.so.1 HINTS ${torch_libraries} NO_CACHE REQUIRED)
target_compile_options(tessera_engine_objects PRIVATE -fopenmp)
target_link_libraries(tessera_engine_objects PRIVATE ${TESSERA_GOMP_LIBRARY})
target_precompile_headers(tessera_engine_objects PRIVATE <ATen/ATen.h> <map> <memory> <string> <vector>)

# One exported symbol: tessera_engine_create (local/entry.cpp).
tessera_library(tessera_engine MODULE SOURCES local/entry.cpp PRIVATE tessera_engine_objects tessera_api)
target_include_directories(tessera_engine PRIVATE ${PROJECT_SOURCE_DIR}/engine)
target_link_options(tessera_engine PRIVATE -Wl,-z,defs)
set_target_properties(tessera_engine PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib)
