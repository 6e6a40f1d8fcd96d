// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/code_layout.h>
#include <tessera/generate.h>
#include <tessera/job.h>
#include <tessera/picture.h>
#include <tessera/query.h>
#include <tessera/result.h>
#include <tessera/tensor.h>
#include <tessera/token_edit.h>
#include <tessera/token_grid.h>

namespace tessera {

enum class Precision { Auto, Fp32, Bf16, Fp16 };

struct EngineOptions {
    std::string device = "auto";  ///< auto, cpu, cuda, cuda:N
    int cpuThreads = 0;           ///< 0: as many as there are cores
    std::size_t cacheBytes = std::size_t(1) << 30;  ///< budget of the stage cache
    std::string resourceDirectory;                  ///< holds models/; empty: beside the program
    int niceness = 0;                               ///< of the engine's threads, 0 to 19: a program with a window keeps the processor for drawing
};

/// Where a row's pixels come from: a file, or encoded bytes (clipboard), or pixels.
struct SourceRequest {
    std::string path;   ///< file; empty if bytes or pixels are given
    SharedBytes bytes;  ///< an encoded image file
    Image pixels;       ///< ready pixels
    std::string name;   ///< shown to people; from the path if empty
};

struct SourceInfo {
    SourceId id{};
    std::string name;
    std::string path;    ///< empty if it was not a file
    std::string format;  ///< "JPEG", "PNG", ...
    int width = 0, height = 0;  ///< after the EXIF orientation
    int channels = 0, bitsPerChannel = 0;
    int frames = 1;               ///< of a clip, as CellRef::frame counts them; those of a picture that moves count too
    double framesPerSecond = 0;   ///< of a clip; 0: it stands still
    std::uint64_t fileBytes = 0;
    std::string contentHash;         ///< 32 hex digits of the file's bytes
    std::vector<std::string> notes;  ///< "EXIF orientation 6 applied", "Adobe RGB converted to sRGB", "alpha composited on white"
};

struct ModelRequest {
    std::string reference;  ///< embedded model's name, or a path to a file or folder in an upstream layout
    Precision precision = Precision::Auto;
    bool int8Weights = false;  ///< a language model's weights are kept as int8, with a scale per row
};

/// An opened model as people need to know it.
struct ModelInfo {
    ModelId id{};
    std::string name;       ///< "mini-autoencoder"
    std::string family;     ///< "tessera_autoencoder"
    std::string layout;     ///< "diffusers", "BFL", ...
    std::string path;
    std::string device;     ///< "CPU, 2 threads"
    std::string precision;  ///< what runs: "bf16", "fp32"
    std::string encodePrecision;  ///< of its encoder: fp32 before a code search unless a precision was asked for
    std::string shape;      ///< "f8 c16"
    std::string licence;    ///< where it is known
    int downsample = 1;     ///< pixels per latent cell side; input sides are multiples of it
    int latentChannels = 0;
    int inputSide = 0;      ///< the one side, in pixels, of the square pictures that it takes; 0: any
    bool takesWhole = false;  ///< where there is an inputSide: upstream squeezes the whole picture into the square; else it takes the centre
    CodeLayout codes;       ///< of a quantizer
    std::vector<std::string> denseMethods;  ///< ways to compare its tokens with texts, the usual one first; empty without a text tower
    bool takesQuestions = false;            ///< a model that describes pictures answers questions too
    int picturesTogether = 1;               ///< most pictures that one question may be about
    int clipFrames = 0;                     ///< frames of a clip that a question is asked about; 0: it takes no clips
    DrawingInfo drawing;                    ///< of a model with "generate" among its capabilities
    std::int64_t parameters = 0;
    bool int8Weights = false;               ///< its language model's weights are kept as int8
    std::uint64_t fileBytes = 0;
    std::string fingerprint;                ///< 32 hex digits of the weights
    std::vector<std::string> capabilities;  ///< "encode", "decode", ...
    std::vector<std::string> ignoredTensors;
};

/// A model that could be opened.
struct ModelEntry {
    std::string name;
    std::string family;
    std::string path;
    std::uint64_t fileBytes = 0;
    bool embedded = false;
};

/// A device that EngineOptions::device can name.
struct DeviceEntry {
    std::string name;         ///< "cpu", "cuda:0"
    std::string description;  ///< "CPU, 2 threads", "NVIDIA H100 80GB HBM3"
};

struct DeviceList {
    std::vector<DeviceEntry> entries;  ///< the CPU first
    std::string cudaAbsence;           ///< why no CUDA device is among them; empty if one is
};

struct LensInfo {
    std::string name;                 ///< "reconstruction"
    std::string help;                 ///< one sentence
    std::vector<std::string> needs;   ///< capabilities the model must have
    std::vector<ParameterSpec> parameters;
    Others others = Others::None;     ///< whether Query::others may, or must, name cells
};

/// A count of the model by its name: "latent_channels", "depths". Nothing for a name that no model has, or a model without any.
std::optional<std::int64_t> countOf(const ModelInfo& model, std::string_view name);
/// The parameter as it is for this model: what a count of the model bounds ends at its last thing, its initial value too. Others stay as they are.
ParameterSpec boundedFor(const ParameterSpec& spec, const ModelInfo& model);
/// What a person reads when a query for the lens names `count` other cells; nothing if that many go.
std::optional<Error> wrongOthers(std::string_view lens, Others others, std::size_t count);

/// What a model is to say of a picture.
struct DescribeRequest {
    CellRef cell;
    ParameterSet parameters;    ///< preprocessing, as lenses take it
    std::string question;       ///< of a model that takes questions; empty: a caption
    int maxTokens = 64;         ///< 1 to 4096
    double temperature = 0;     ///< 0: always the likeliest token
    double topP = 1;            ///< of the likeliest tokens that together have this probability, above 0 to 1
    std::uint64_t seed = 0;     ///< of the draws where the temperature is above 0
    std::vector<CellRef> others{};  ///< pictures that the same question is about too, or the next frames of a clip, in their order; of the same model
};

struct Description {
    std::string text;
    int tokens = 0;             ///< said so far
    double seconds = 0;         ///< since the first token was begun
    bool finished = false;      ///< the model came to an end by itself
};

struct MetricsReport {
    int width = 0, height = 0;
    std::vector<Measure> measures;  ///< psnr, ssim, ms_ssim, flip, lpips
};

struct BenchRequest {
    std::string op = "reconstruct";  ///< reconstruct, encode, decode, quantize (its items are vectors), similarity, generate (its items are tokens)
    int size = 256, batch = 1, runs = 5, warmups = 2;
};

struct BenchReport {
    std::string op, model, device, precision;
    int size = 0, batch = 0, runs = 0;
    double secondsMedian = 0, secondsMin = 0, secondsMax = 0;
    double itemsPerSecond = 0, flopsPerSecond = 0;
    std::uint64_t flopsPerItem = 0, peakRssBytes = 0;
    std::uint64_t peakDeviceBytes = 0;  ///< most GPU memory that tensors held in the timed runs; 0 on a CPU
    // Of generate where it draws pictures; else 0.
    double secondsPerPicture = 0, secondsToFirstPicture = 0;  ///< the second: of one picture alone, decoded
    std::uint64_t bytesPerPosition = 0;  ///< of weights that a position of a whole batch reads
    double memoryBytesPerSecond = 0;     ///< that this device reads, as measured
    // Of a language model with int8 weights, beside the same one with whole weights over the same tokens; else 0.
    double int8LogitError = 0;  ///< root mean square of what its logits differ by, over that of the logits
    double int8Agreement = 0;   ///< share of tokens of which both hold the same code for the likeliest
};

/// How the engine is doing; cheap, any thread.
struct EngineStatus {
    std::string device;      ///< "CPU, 2 threads"
    bool fastBf16 = false;   ///< auto means bf16 on this device
    std::string deviceNote;  ///< why `auto` did not take a GPU, or what became of it; empty if there is nothing to tell
    std::size_t cacheBytes = 0, cacheBudget = 0;
    int jobsRunning = 0, jobsWaiting = 0;
    /// Stages executed since the start, by stage name: what was not served from the cache.
    std::map<std::string, std::uint64_t> stagesRun;
};

/// The engine as every program sees it: in process, remote or recorded. All methods may be called from any thread and return at once.
class Engine {
public:
    virtual ~Engine() = default;

    virtual SourceId addSource(SourceRequest request) = 0;
    virtual void removeSource(SourceId source) = 0;
    virtual Subscription describeSource(SourceId source, Observer<SourceInfo> observer) = 0;

    /// Embedded models first, then those found on this computer.
    virtual std::vector<ModelEntry> models() const = 0;
    /// Identifies, checks and opens a checkpoint. Opening the same one twice gives the same ModelId.
    virtual Subscription openModel(ModelRequest request, Observer<ModelInfo> observer) = 0;
    virtual void closeModel(ModelId model) = 0;

    /// An edit that CellRef::edit can name. What is wrong with it is the answer to the requests that name it.
    virtual EditId addEdit(TokenEdit edit) = 0;
    virtual void removeEdit(EditId edit) = 0;

    virtual std::vector<LensInfo> lenses() const = 0;
    /// The picture of one cell. A newer request with the same nonzero `slot` replaces the older one, which is answered Cancelled.
    virtual Subscription request(Query query, Priority priority, Observer<Picture> observer, std::uint64_t slot = 0) = 0;

    /// Tensors of the stages a model offers for a source: "latents", "logvar", ..., as files hold them.
    virtual Subscription encode(CellRef cell, ParameterSet parameters, Observer<TensorMap> observer) = 0;
    /// Decodes tensors that `encode` gave: "codes" [B,rows,columns,D] of a model with codes, else "latents" [B,C,h,w]; one picture per sample.
    virtual Subscription decode(ModelId model, TensorMap tensors, Observer<std::vector<Picture>> observer) = 0;
    /// The codes of a cell and what the search knew of them. Fails for a model without codes.
    virtual Subscription tokens(CellRef cell, ParameterSet parameters, Priority priority, Observer<TokenGrid> observer) = 0;
    /// The codewords of every depth as they are searched: "codebook.0", ... [K, codewordDim] float32; a shared codebook once.
    virtual Subscription codebooks(ModelId model, Observer<TensorMap> observer) = 0;
    /// Words for a picture; partial answers hold all that was said so far. Fails for a model that does not describe.
    virtual Subscription describe(DescribeRequest request, Priority priority, Observer<Description> observer) = 0;
    /// Pictures for words; partial answers hold all that was drawn so far. Fails for a model that draws none.
    virtual Subscription generate(GenerateRequest request, Priority priority, Observer<Generation> observer) = 0;
    /// Which words of a prompt a picture owes its codes to, word by word. Fails for a model that does not draw token after token.
    virtual Subscription wordInfluence(WordInfluenceRequest request, Priority priority, Observer<WordInfluence> observer) = 0;
    /// Runs every stage the model offers and the "in.*" tensors allow, in fp32; gives all "out.*" tensors.
    virtual Subscription parity(ModelId model, TensorMap inputs, Observer<TensorMap> observer) = 0;
    virtual Subscription compare(SourceId reference, SourceId image, Observer<MetricsReport> observer) = 0;
    virtual Subscription bench(ModelId model, BenchRequest request, Observer<BenchReport> observer) = 0;

    virtual EngineStatus status() const = 0;
    /// What EngineOptions::device may name on this computer. Asks the GPU's driver, which can take a quarter of a second.
    virtual DeviceList devices() const = 0;
};

}  // namespace tessera
