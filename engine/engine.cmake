# SPDX-License-Identifier: Apache-2.0
find_package(LibTorch 2.11 REQUIRED)
find_package(yaml-cpp REQUIRED)

# Everything that touches tensors. An archive, so that tests reach its parts through engine/testing without a tensor header.
tessera_library(tessera_engine_objects SOURCES
    device/cpu_features.cpp
    device/torch_bridge.cpp
    families/autoencoder_kl.cpp
    families/registry.cpp
    families/tessera_autoencoder.cpp
    layers/basic_layers.cpp
    layers/weights.cpp
    lenses/difference.cpp
    lenses/input.cpp
    lenses/lens_drawing.cpp
    lenses/perturbed.cpp
    lenses/reconstruction.cpp
    lenses/registry.cpp
    lenses/source.cpp
    local/bench.cpp
    local/device_choice.cpp
    local/local_engine.cpp
    local/local_planner.cpp
    local/model_store.cpp
    local/parity.cpp
    local/source_store.cpp
    PUBLIC tessera_api tessera_jobs
    PRIVATE tessera_checkpoint tessera_image LibTorch::cpu nlohmann_json::nlohmann_json yaml-cpp)
target_include_directories(tessera_engine_objects PRIVATE ${PROJECT_SOURCE_DIR}/engine)
target_compile_definitions(tessera_engine_objects PRIVATE TESSERA_RESOURCE_DIR="${PROJECT_SOURCE_DIR}/resources")
target_precompile_headers(tessera_engine_objects PRIVATE <ATen/ATen.h> <map> <memory> <string> <vector>)

# One exported symbol: tessera_engine_create (local/entry.cpp).
tessera_library(tessera_engine MODULE SOURCES local/entry.cpp PRIVATE tessera_engine_objects tessera_api)
target_include_directories(tessera_engine PRIVATE ${PROJECT_SOURCE_DIR}/engine)
set_target_properties(tessera_engine PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib)
