// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <tessera/image.h>

namespace tessera::train {

struct Example {
    Image picture;  ///< upright, sRGB; 1 or 3 channels, or 4 (straight alpha) where some of it is transparent
    std::vector<std::string> texts;  ///< UTF-8, none empty; often there is none
    std::string name;                ///< of the picture, within its data set
};

/// Pictures with their texts. Immutable; any thread.
class Dataset {
public:
    virtual ~Dataset() = default;
    /// At least 1.
    virtual std::size_t size() const = 0;
    /// `index` below size(). Throws Failure for what cannot be read or is no picture.
    virtual Example read(std::size_t index) const = 0;
};

/// What lies at `path`, without reading any picture:
///   a folder of pictures, with all folders in it. Texts of a.jpg are the lines of a.txt beside it, or those that captions.jsonl in the
///     folder names: {"file": "birds/a.jpg", "texts": ["..."]} a line ("text" and "caption" may stand for "texts").
///   a .tar archive, a folder of them, or those that fit a pattern such as folder/photos-*.tar: WebDataset shards. Entries with one name up to
///     the first dot belong together; texts are the lines of its .txt and "texts", "text" or "caption" of its .json. They are read where they lie.
///   a .txt list: a path per line, relative to the list, each with texts beside it as in a folder.
/// Pictures are in the order of their names, of shards in the order within, of a list in its own. Throws Failure in one sentence.
std::unique_ptr<const Dataset> openDataset(const std::filesystem::path& path);

}  // namespace tessera::train
