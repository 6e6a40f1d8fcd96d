# SPDX-License-Identifier: Apache-2.0
# LibTorch without its own CMake package, which insists on a whole CUDA toolkit even for a CPU build.
#
# Looks in Torch_ROOT, Torch_DIR, CMAKE_PREFIX_PATH, then in the folder that packaging/bootstrap fills.
# Defines LibTorch::cpu, LibTorch::cuda (only if libtorch_cuda and the CUDA runtime it uses are there), LibTorch_VERSION.
set(cache $ENV{XDG_CACHE_HOME})
if(NOT cache)
    set(cache $ENV{HOME}/.cache)
endif()
set(hints ${LibTorch_ROOT} ${Torch_ROOT} $ENV{Torch_ROOT})
if(Torch_DIR)
    list(APPEND hints ${Torch_DIR}/../../..)
endif()
set(fallback ${cache}/tessera/libtorch-2.11.0/torch)

find_path(LibTorch_INCLUDE_DIR ATen/ATen.h HINTS ${hints} PATHS ${fallback} PATH_SUFFIXES include)
get_filename_component(root "${LibTorch_INCLUDE_DIR}" DIRECTORY)
find_library(LibTorch_CPU_LIBRARY torch_cpu HINTS ${root}/lib ${hints} PATH_SUFFIXES lib)
find_library(LibTorch_C10_LIBRARY c10 HINTS ${root}/lib ${hints} PATH_SUFFIXES lib)
find_library(LibTorch_CUDA_LIBRARY torch_cuda HINTS ${root}/lib ${hints} PATH_SUFFIXES lib)
find_library(LibTorch_C10_CUDA_LIBRARY c10_cuda HINTS ${root}/lib ${hints} PATH_SUFFIXES lib)
# In the wheels' layout the runtime lies in a neighbour of torch/; elsewhere beside LibTorch or in the toolkit.
find_library(LibTorch_CUDART_LIBRARY NAMES libcudart.so.13 libcudart.so.12 cudart
    HINTS ${root}/../nvidia/cu13/lib ${root}/../nvidia/cuda_runtime/lib ${root}/lib PATHS /usr/local/cuda/lib64)

if(LibTorch_INCLUDE_DIR AND EXISTS ${LibTorch_INCLUDE_DIR}/torch/headeronly/version.h)
    file(STRINGS ${LibTorch_INCLUDE_DIR}/torch/headeronly/version.h lines REGEX "define TORCH_VERSION_(MAJOR|MINOR|PATCH) ")
    string(REGEX REPLACE "[^0-9;]" "" parts "${lines}")
    list(JOIN parts "." LibTorch_VERSION)
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibTorch
    REQUIRED_VARS LibTorch_CPU_LIBRARY LibTorch_C10_LIBRARY LibTorch_INCLUDE_DIR
    VERSION_VAR LibTorch_VERSION
    REASON_FAILURE_MESSAGE "run packaging/bootstrap, or pass -DTorch_DIR=<libtorch>/share/cmake/Torch")

if(LibTorch_FOUND AND NOT TARGET LibTorch::cpu)
    add_library(LibTorch::c10 UNKNOWN IMPORTED)
    set_target_properties(LibTorch::c10 PROPERTIES IMPORTED_LOCATION ${LibTorch_C10_LIBRARY})
    add_library(LibTorch::cpu UNKNOWN IMPORTED)
    set_target_properties(LibTorch::cpu PROPERTIES
        IMPORTED_LOCATION ${LibTorch_CPU_LIBRARY}
        INTERFACE_INCLUDE_DIRECTORIES "${LibTorch_INCLUDE_DIR};${LibTorch_INCLUDE_DIR}/torch/csrc/api/include"
        INTERFACE_LINK_LIBRARIES LibTorch::c10)
    if(LibTorch_CUDA_LIBRARY AND LibTorch_C10_CUDA_LIBRARY AND LibTorch_CUDART_LIBRARY)
        add_library(LibTorch::cuda UNKNOWN IMPORTED)
        set_target_properties(LibTorch::cuda PROPERTIES
            IMPORTED_LOCATION ${LibTorch_CUDA_LIBRARY}
            INTERFACE_LINK_LIBRARIES "LibTorch::cpu;${LibTorch_C10_CUDA_LIBRARY};${LibTorch_CUDART_LIBRARY}")
    endif()
endif()
mark_as_advanced(LibTorch_INCLUDE_DIR LibTorch_CPU_LIBRARY LibTorch_C10_LIBRARY LibTorch_CUDA_LIBRARY LibTorch_C10_CUDA_LIBRARY
    LibTorch_CUDART_LIBRARY)
