// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <tessera/image.h>
#include <tessera/shared_array.h>

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

/// What is written of a picture.
struct ExampleTexts {
    std::vector<std::string> texts;  ///< as Example::texts
    bool named = true;  ///< the first of them is what the picture shows; false where its JSON says "named": false
};

/// Pictures that lie in files.
class StoredDataset : public Dataset {
public:
    Example read(std::size_t index) const final;
    /// Where the picture lies: the path of its file, or that of its shard with the entry's name behind a slash.
    virtual std::string path(std::size_t index) const = 0;
    /// Example::name.
    virtual std::string name(std::size_t index) const = 0;
    /// The picture's place as messages name it.
    virtual std::string place(std::size_t index) const = 0;
    /// Read without the picture. Throws Failure.
    virtual ExampleTexts texts(std::size_t index) const = 0;
    /// The picture's encoded bytes. Throws Failure.
    virtual SharedBytes file(std::size_t index) const = 0;
};

/// What lies at `path`, without reading any picture:
///   a folder of pictures, with all folders in it. Texts of a.jpg are the lines of a.txt and those of an object in a.json beside it, or those that captions.jsonl in
///     the folder names: {"file": "birds/a.jpg", "texts": ["..."]} a line ("text" and "caption" may stand for "texts").
///   a .tar archive, a folder of them, or those that fit a pattern such as folder/photos-*.tar: WebDataset shards. Entries with one name up to
///     the first dot belong together; texts are the lines of its .txt and "texts", "text" or "caption" of its .json. They are read where they lie.
///     "named": false in the JSON says that the first text is not the picture's name.
///   a .txt list: a path per line, relative to the list, each with texts beside it as in a folder.
/// Pictures are in the order of their names, of shards in the order within, of a list in its own. Throws Failure in one sentence.
std::unique_ptr<const StoredDataset> openDataset(const std::filesystem::path& path);

}  // namespace tessera::train
