// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/image.h>
#include <tessera/result.h>
#include <tessera/tensor.h>

namespace tessera {

/// Words that travel with a file: safetensors metadata, PNG text chunks.
using FileWords = std::map<std::string, std::string>;

/// Tensors of a .safetensors, .npz or .npy file, told apart by content, or of a .csv table of codes. The array of an .npy file has no name: whole numbers are "codes",
/// others "latents". The file is mapped, not read, where its format allows.
Result<TensorMap> readTensorFile(const std::string& path);
/// The words that were written with them; none in formats and files that have none.
Result<FileWords> readFileWords(const std::string& path);
/// Why the numbers of these tensors are not to be trusted: their file was changed after it was read. To be asked when they have been used.
std::optional<Error> changedOnDisk(const TensorMap& tensors);
/// Writes .safetensors or .npz, .npy (the codes, else the latents) or .csv (the codes), as the name ends; anything else is an error. The file appears whole or not at all.
std::optional<Error> writeTensorFile(const std::string& path, const TensorMap& tensors, const FileWords& words = {});
/// Writes an 8-bit PNG (16-bit for u16 samples). The file appears whole or not at all; one that is cancelled does not.
std::optional<Error> writePngFile(const std::string& path, const Image& image, const FileWords& words = {}, std::stop_token stop = {});

/// Names that end so are clips: .gif, .webp, .mp4, .webm, .avi, .mov, .mkv.
bool namesClip(const std::string& path);
/// Writes frames of one size as a clip, by the name's ending: .gif, .webp (lossless), .mp4. The file appears whole or not at all; one that is cancelled does not.
std::optional<Error> writeClipFile(const std::string& path, const std::vector<Image>& frames, double framesPerSecond, const FileWords& words = {}, std::stop_token stop = {});

/// Writes the bytes as they are. The file appears whole or not at all.
std::optional<Error> writeTextFile(const std::string& path, std::string_view text);

}  // namespace tessera
