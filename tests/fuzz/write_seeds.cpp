// SPDX-License-Identifier: Apache-2.0
// write_seeds FOLDER: small valid files of every kind that a fuzz target reads, in FOLDER/NAME for fuzz_NAME.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string_view>

#include <tessera/bytes.h>

#include "checkpoint/npy_array.h"
#include "checkpoint/safetensors.h"
#include "checkpoint/zip_archive.h"
#include "core/error.h"
#include "core/mapped_file.h"
#include "engine/checkpoint/archive_builder.h"
#include "engine/image/test_pictures.h"
#include "engine/train/data/tar_builder.h"

namespace tessera::test {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kLargestSeed = 16 * 1024;  // larger ones slow the fuzzer down and find no more

class Seeds {
public:
    explicit Seeds(fs::path root) : m_root(std::move(root)) {}

    void add(const std::string& target, const std::string& name, std::span<const std::byte> bytes) const {
        fs::create_directories(m_root / target);
        std::ofstream(m_root / target / name, std::ios::binary).write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    }
    void add(const std::string& target, const std::string& name, std::string_view text) const { add(target, name, std::as_bytes(std::span(text))); }
    /// A picture goes to its format's target and to the one of all formats.
    void addPicture(const std::string& format, const std::string& name, const Bytes& bytes) const {
        add(format, name, bytes);
        add("image", format + "_" + name, bytes);
    }

private:
    fs::path m_root;
};

void writePictures(const Seeds& seeds) {
    constexpr int w = 7, h = 5;
    const U8 grey = cornerPicture(w, h, 1), rgb = cornerPicture(w, h, 3), rgba = cornerPicture(w, h, 4);
    const std::vector<std::uint16_t> words(static_cast<std::size_t>(w * h * 3), 12345);
    const U8 palette{255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 8, 7};
    U8 indices(static_cast<std::size_t>(w * h));
    for (std::size_t i = 0; i < indices.size(); ++i) indices[i] = static_cast<std::uint8_t>(i % 4);
    seeds.addPicture("jpeg", "rgb", jpegOf(rgb, w, h, 3, {.exif = exifWith(6), .profile = wideGamutProfile()}));
    seeds.addPicture("jpeg", "grey", jpegOf(grey, w, h, 1));
    seeds.addPicture("jpeg", "progressive", jpegOf(rgb, w, h, 3, {.progressive = true}));
    seeds.addPicture("jpeg", "cmyk", jpegOf(rgba, w, h, 4, {.ycck = true}));
    seeds.addPicture("png", "rgb", pngOf(rgb, w, h, 3, {.exif = exifWith(3, false), .profile = wideGamutProfile()}));
    seeds.addPicture("png", "rgba_interlaced", pngOf(rgba, w, h, 4, {.interlaced = true}));
    seeds.addPicture("png", "deep", pngOf(words, w, h, 3, 16));
    seeds.addPicture("png", "palette", pngOf(std::vector<std::uint16_t>(indices.begin(), indices.end()), w, h, 1, 2, {.palette = palette, .transparency = {0, 9}}));
    seeds.addPicture("webp", "rgb", webpOf(rgb, w, h, 3));
    seeds.addPicture("webp", "extended", webpOf(rgba, w, h, 4, exifWith(5), sRgbProfile()));
    seeds.addPicture("webp", "animated", animatedWebpOf(rgb, w, h));
    seeds.addPicture("tiff", "rgb", tiffOf(viewOf(rgb), w, h, 3, {.profile = sRgbProfile()}));
    seeds.addPicture("tiff", "lzw_tiled", tiffOf(viewOf(rgb), w, h, 3, {.compression = 5, .tiled = true}));
    seeds.addPicture("tiff", "deflate_planes", tiffOf(viewOf(rgb), w, h, 3, {.compression = 8, .orientation = 4, .separate = true}));
    seeds.addPicture("tiff", "inks", tiffOf(viewOf(rgba), w, h, 4, {.photometric = 5}));
    seeds.addPicture("tiff", "deep_alpha", tiffOf(viewOf(std::vector<std::uint16_t>(static_cast<std::size_t>(w * h * 4), 777)), w, h, 4, {.bits = 16, .extra = 1}));
    seeds.addPicture("tiff", "float", tiffOf(viewOf(std::vector<float>(static_cast<std::size_t>(w * h), 0.5F)), w, h, 1, {.bits = 32, .format = 3, .photometric = 1}));
    seeds.addPicture("bmp", "rgb", bmpOf(rgb, w, h, 24));
    seeds.addPicture("bmp", "rgba", bmpOf(rgba, w, -h, 32));
    seeds.addPicture("bmp", "palette", bmpOf(indices, w, -h, 8, palette));
    seeds.addPicture("gif", "plain", gifOf(w, h, palette, {{0, 0, w, h, indices}}));
    seeds.addPicture("gif", "frames", gifOf(w, h, palette, {{0, 0, w, h, indices, 2, true}, {1, 1, 2, 2, {0, 1, 2, 3}}}));
    const auto pnm = [&](const std::string& name, std::string_view text) { seeds.addPicture("pnm", name, bytesOf(text)); };
    pnm("rgb", "P6 # colours\n2 2\n255\nabcdefghijkl");
    pnm("grey_deep", std::string_view("P5 2 1 65535 \0\1\2\3", 17));
}

void writeArchives(const Seeds& seeds) {
    const std::string storage(24, '\1');
    const std::string tensor = pickle::tensor(pickle::storage("0", 6), 0, {3, 2}, {1, 3});
    const std::string pairs = joined({"](](", pickle::text("a"), tensor, "ee"});
    const std::vector<std::pair<std::string, std::string>> values{
        {"dict", pickle::dict({{"model", pickle::dict({{"w", tensor}})}, {"epoch", "K\1"}})},
        {"python2", joined({pickle::global("collections", "OrderedDict"), pickle::tuple({pairs}), "R"})},
        {"parameter", pickle::dict({{"p", joined({pickle::global("torch._utils", "_rebuild_parameter"), pickle::tuple({tensor, "\x88", "N"}), "R"})}})},
        {"self", joined({"]q\1(h\1", tensor, "e"})},
        {"object", pickle::dict({{"o", joined({pickle::global("argparse", "Namespace"), ")\x81", pickle::dict({{"x", "N"}}), "b"})}, {"t", tensor}})},
    };
    for (const auto& [name, value] : values) {
        seeds.add("pickle", name, pickle::whole(value));
        seeds.add("torch_zip", name, torchZipOf(pickle::whole(value), {storage}));
    }
    seeds.add("torch_zip", "big", torchZipOf(pickle::whole(tensor), {storage}, "big"));
    seeds.add("torch_zip", "deflated", zipOf({{.name = "a/data.pkl", .content = pickle::whole(tensor), .deflated = true}, {.name = "a/data/0", .content = storage, .wide = true}}, "", true));

    const std::vector<std::pair<std::string, std::string>> arrays{
        {"plain", npyHeader(DType::F32, {3, 2}) + storage},
        {"bytes", npyHeader(DType::U8, {24}) + storage},
        {"fortran", joined({"\x93NUMPY", little(2, 2), little(64, 4), "{'descr': '>i4', 'fortran_order': True, 'shape': (2, 3), }     \n", storage})},
    };
    std::vector<ZipPart> parts;
    for (const auto& [name, array] : arrays) {
        seeds.add("npy", name, array);
        parts.push_back({.name = name + ".npy", .content = array, .deflated = name == "bytes", .wide = name == "plain"});
    }
    seeds.add("npz", "three", zipOf(parts));
    seeds.add("npz", "wide", zipOf(parts, "comment", true));

    seeds.add("safetensors", "two", safetensorsOf(R"({"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"b":{"dtype":"BF16","shape":[],"data_offsets":[8,10]}})", 10));
    seeds.add("safetensors", "none", safetensorsOf("{}", 0));
    seeds.add("shard_index", "two", R"({"metadata":{"total_size":1e3},"weight_map":{"a.weight":"model-00001-of-00002.safetensors","b":"model-00002-of-00002.safetensors"}})");
    seeds.add("yaml", "config", "model:\n  rate: 4.5e-06\n  params: &p\n    embed_dim: 20\n    double_z: false\n    ch_mult:\n    - 2\n    - 1\n    text: \"a\"\nother: *p\n");
    seeds.add("yaml", "flow", "{a: [1, {b: ~}, 'c'], !!str d: |\n  e\n}");
}

void writeTars(const Seeds& seeds) {
    seeds.add("tar", "ustar", joined({tarFile("a/1.jpg", "picture"), tarFile("a/1.txt", "text"), tarHeader({.name = "a/", .type = '5'}), tarHeader({.name = "b", .size = 1, .prefix = "deep"}), padded("b"), tarEnd()}));
    seeds.add("tar", "gnu", joined({tarLongName(std::string(120, 'n') + ".jpg"), tarFile("short", "x"), tarHeader({.name = "s", .sizeField = std::string("\x80\0\0\0\0\0\0\0\0\0\0\1", 12)}), padded("y"), tarEnd()}));
    seeds.add("tar", "pax", joined({tarPax("path", "p.png"), tarPax("size", "3"), tarFile("other", "abc"), tarHeader({.name = "link", .size = 9, .type = '2'}), tarEnd()}));
}

void writeTokenizers(const Seeds& seeds) {
    seeds.add("tokenizer_json", "steps", R"({"model":{"type":"BPE","vocab":{"a":0,"b":1,"ab</w>":2,"b</w>":3,"<unk>":4,"<0x41>":5},"merges":["a b</w>"],"unk_token":"<unk>","end_of_word_suffix":"</w>",
        "byte_fallback":true,"fuse_unk":true},"normalizer":{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"Replace","pattern":{"Regex":"\\s+"},"content":" "},{"type":"Lowercase"}]},
        "pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"[\\p{L}]+|[^\\s]"},"behavior":"Removed","invert":true},{"type":"ByteLevel","add_prefix_space":true}]},
        "added_tokens":[{"id":6,"content":"<s>","special":true,"normalized":true,"lstrip":true}],"post_processor":{"type":"RobertaProcessing","sep":["<s>",6],"cls":["<s>",6]},
        "decoder":{"type":"Sequence","decoders":[{"type":"ByteFallback"},{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]},"truncation":{"max_length":9},"padding":{"pad_id":6}})");
    seeds.add("tokenizer_json", "pieces", R"({"model":{"type":"WordPiece","vocab":{"[UNK]":0,"a":1,"##b":2},"unk_token":"[UNK]","max_input_chars_per_word":9},"normalizer":{"type":"BertNormalizer"},
        "pre_tokenizer":{"type":"BertPreTokenizer"},"decoder":{"type":"WordPiece"},"post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"[UNK]"}},{"Sequence":{"id":"A"}}],
        "special_tokens":{"[UNK]":{"ids":[0]}}}})");
    seeds.add("text", "mojibake", "\u00E2\u20AC\u0153sch\u00C3\u00B6n\u00E2\u20AC &amp;lt; &#x41; \x1B[31m \uFB01 \uFF26 e\u0301 \u03A3\u038A\u03A3");
}

void writeValues(const Seeds& seeds) {
    Query query{.lens = "reconstruction", .cell = {SourceId{1}, ModelId{2}, EditId{3}, 4}, .parameters = {}};
    query.parameters = {{"flag", true}, {"strength", 0.5}, {"depth", std::int64_t{3}}, {"mode", std::string("mean")}};
    query.others = {{SourceId{5}, ModelId{2}, EditId{}, 0}, {SourceId{6}, ModelId{7}, EditId{8}, 1}};
    seeds.add("bytes", "query", toBytes(query));
    Picture picture;
    picture.image = Image(2, 1, 3, SharedArray<float>(std::vector<float>(6, 0.25F)));
    picture.mapping = FieldMapping::Absolute;
    picture.legend = Legend{};
    picture.summary = "2 x 1 px";
    picture.measures = {{"psnr", 30.0, Unit::None, "RGB"}, {"lpips", std::nullopt, Unit::None, "needs weights"}};
    picture.notes = {{Note::Kind::Warning, "note"}};
    picture.timings = {{"decoder", 0.5, true}};
    seeds.add("bytes", "picture", toBytes(picture));
    seeds.add("bytes", "progress", toBytes(Progress{0.5, "decoder", 2.0}));
    seeds.add("bytes", "error", toBytes(Error{ErrorCode::Invalid, "what", "where", "action"}));
}

/// Pickles of real archives, besides the archives themselves.
void addTorchArchive(const Seeds& seeds, const std::string& name, const MappedFile& file) {
    seeds.add("torch_zip", name, file.bytes);
    try {
        ZipArchive archive(file.bytes, file.owner, name);
        for (const auto& [path, entry] : archive.entries())
            if (path.ends_with("data.pkl")) seeds.add("pickle", name, archive.read(entry, kLargestSeed).span());
    } catch (const Failure&) {  // some golden archives are broken on purpose
    }
}

void copyGolden(const Seeds& seeds) {
    for (const auto& entry : fs::recursive_directory_iterator(TESSERA_GOLDEN_DIR)) {
        if (!entry.is_regular_file() || entry.file_size() == 0 || entry.file_size() > kLargestSeed) continue;
        const std::string name = entry.path().filename().string(), extension = entry.path().extension().string();
        const MappedFile file = mapFile(entry.path());
        if (extension == ".safetensors") seeds.add("safetensors", name, file.bytes);
        if (extension == ".png") seeds.add("png", name, file.bytes);
        if (extension == ".model") seeds.add("sentence_piece", std::to_string(file.bytes.size()), file.bytes);
        if (name.starts_with("tokenizer") && extension == ".json") seeds.add("tokenizer_json", name, file.bytes);
        if (name == "expected.json") seeds.add("text", std::to_string(file.bytes.size()), file.bytes);
        if (entry.path().parent_path().filename() == "files") addTorchArchive(seeds, name, file);
    }
}

}  // namespace
}  // namespace tessera::test

int main(int argc, char** argv) {
    using namespace tessera::test;
    if (argc != 2) {
        std::fputs("usage: write_seeds FOLDER\n", stderr);
        return 2;
    }
    const Seeds seeds(argv[1]);
    writePictures(seeds);
    writeArchives(seeds);
    writeTars(seeds);
    writeTokenizers(seeds);
    writeValues(seeds);
    copyGolden(seeds);
}
