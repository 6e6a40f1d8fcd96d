// SPDX-License-Identifier: Apache-2.0
#include "local/local_engine.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <mutex>
#include <thread>
#include <tuple>
#include <unordered_map>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "core/error.h"
#include "core/resource_folder.h"
#include "device/activation_memory.h"
#include "device/cpu_features.h"
#include "device/cuda_loader.h"
#include "device/device_lane.h"
#include "device/torch_bridge.h"
#include "image/metrics.h"
#include "jobs/scheduler.h"
#include "lenses/lens.h"
#include "local/bench.h"
#include "local/device_choice.h"
#include "local/finite_guard.h"
#include "local/local_planner.h"
#include "local/margins.h"
#include "local/parity.h"
#include "local/request_chain.h"
#include "local/token_source.h"

namespace tessera {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kDrawVersion = 2;
constexpr const char* kPictureSize = "picture_size";  ///< [B,2] height and width of what was encoded, without what was padded for the model

class LocalEngine : public Engine {
public:
    explicit LocalEngine(const EngineOptions& options)
        : m_threads(options.cpuThreads > 0 ? options.cpuThreads : static_cast<int>(std::max(1u, std::thread::hardware_concurrency()))),
          m_device(chooseDevice(options.device, m_threads)),
          m_models(resourceFolder(options.resourceDirectory)),
          m_scheduler({.cacheBytes = options.cacheBytes,
                       .describeException = [device = m_device.device](std::exception_ptr exception,
                                                                       const std::string& stage) { return describeException(exception, stage, device); },
                       .onThreadStart = [threads = m_threads, niceness = options.niceness](Lane lane) {
                           // Threads that a device worker starts inherit it.
                           if (niceness > 0) setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), niceness);
                           if (lane == Lane::Device) at::set_num_threads(threads);
                       }}) {}

    SourceId addSource(SourceRequest request) override { return m_sources.add(std::move(request)); }
    void removeSource(SourceId source) override { m_sources.remove(source); }

    Subscription describeSource(SourceId source, Observer<SourceInfo> observer) override {
        auto chain = std::make_shared<RequestChain<SourceInfo>>(std::move(observer));
        withSource(chain, source, Priority::Visible, [this, source, chain] {
            LocalPlanner planner(m_sources, m_models, m_edits, m_device.device);
            const CellRef cell{.source = source};
            submit(chain, planner.source(cell, m_sources.scaledDecodePays(source) ? LocalPlanner::kPreviewPixels : 0), Priority::Visible,
                   [this, source](const StageAnswer& answer) { return describe(source, answer.value.as<DecodedImage>()); });
        });
        return Subscription(chain);
    }

    std::vector<ModelEntry> models() const override { return m_models.list(); }

    Subscription openModel(ModelRequest request, Observer<ModelInfo> observer) override {
        auto chain = std::make_shared<RequestChain<ModelInfo>>(std::move(observer));
        submit(chain, openPlan(request), Priority::Visible, [](const StageAnswer& answer) { return answer.value.as<ModelInfo>(); });
        return Subscription(chain);
    }
    void closeModel(ModelId model) override {
        m_models.close(model);
        releaseActivationMemory();
    }

    EditId addEdit(TokenEdit edit) override { return m_edits.add(std::move(edit)); }
    void removeEdit(EditId edit) override { m_edits.remove(edit); }

    std::vector<LensInfo> lenses() const override {
        std::vector<LensInfo> infos;
        for (const Lens* lens : tessera::lenses()) {
            LensInfo info{std::string(lens->name), std::string(lens->help), {}, lens->parameters};
            info.others = lens->others;
            info.needs.assign(lens->needs.begin(), lens->needs.end());
            infos.push_back(std::move(info));
        }
        return infos;
    }

    Subscription request(Query query, Priority priority, Observer<Picture> observer, std::uint64_t slot) override {
        auto chain = std::make_shared<RequestChain<Picture>>(std::move(observer));
        std::vector<SourceId> sources{query.cell.source};
        for (const CellRef& other : query.others) sources.push_back(other.source);
        withSources(chain, std::move(sources), priority, [this, chain, query, priority] { draw(chain, query, priority); });
        replaceSlot(slot, chain);
        return Subscription(chain);
    }

    Subscription encode(CellRef cell, ParameterSet parameters, Observer<TensorMap> observer) override {
        auto chain = std::make_shared<RequestChain<TensorMap>>(std::move(observer));
        withSource(chain, cell.source, Priority::Batch, [=, this] {
            LocalPlanner planner(m_sources, m_models, m_edits, m_device.device);
            submit(chain, encodedPlan(planner, cell, completed(parameters, preprocessingParameters())), Priority::Batch, [](const StageAnswer& answer) {
                const TensorStage& stage = answer.value.as<TensorStage>();
                TensorMap tensors;
                for (const auto& [name, tensor] : *stage.tensors) {
                    if (!name.starts_with("mid.")) tensors[name] = hostFromTensor(tensor);  // the rest is of use to the model alone
                }
                tensors[kPictureSize] = hostFromTensor(at::tensor({std::int64_t(stage.origin.image.height()), std::int64_t(stage.origin.image.width())}, at::kLong).unsqueeze(0));
                return tensors;
            });
        });
        return Subscription(chain);
    }

    Subscription tokens(CellRef cell, ParameterSet parameters, Priority priority, Observer<TokenGrid> observer) override {
        auto chain = std::make_shared<RequestChain<TokenGrid>>(std::move(observer));
        withSource(chain, cell.source, priority, [=, this] {
            LocalPlanner planner(m_sources, m_models, m_edits, m_device.device);
            submit(chain, planner.tokens(cell, completed(parameters, preprocessingParameters())), priority, [](const StageAnswer& answer) { return answer.value.as<TokenGrid>(); });
        });
        return Subscription(chain);
    }

    Subscription codebooks(ModelId model, Observer<TensorMap> observer) override {
        auto chain = std::make_shared<RequestChain<TensorMap>>(std::move(observer));
        chain->run([&] {
            LocalPlanner planner(m_sources, m_models, m_edits, m_device.device);
            submit(chain, planner.codebooks({.model = model}), Priority::Visible, [](const StageAnswer& answer) {
                TensorMap books;
                for (const auto& [name, tensor] : *answer.value.as<TensorStage>().tensors) books[name] = hostFromTensor(tensor);
                return books;
            });
            return Subscription();
        });
        return Subscription(chain);
    }

    Subscription decode(ModelId model, TensorMap tensors, Observer<std::vector<Picture>> observer) override {
        auto chain = std::make_shared<RequestChain<std::vector<Picture>>>(std::move(observer));
        submit(chain, deviceJob("decode", [this, model, tensors](StageContext& context) { return decodeTensors(model, tensors, context); }), Priority::Batch,
               [](const StageAnswer& answer) { return answer.value.as<std::vector<Picture>>(); });
        return Subscription(chain);
    }

    Subscription describe(DescribeRequest request, Priority priority, Observer<Description> observer) override {
        auto chain = std::make_shared<RequestChain<Description>>(std::move(observer));
        std::vector<SourceId> sources{request.cell.source};
        for (const CellRef& other : request.others) sources.push_back(other.source);
        withSources(chain, std::move(sources), priority, [this, chain, request = std::move(request), priority] {
            LocalPlanner planner(m_sources, m_models, m_edits, m_device.device);
            DescribeRequest whole = request;
            whole.parameters = completed(request.parameters, preprocessingParameters());
            chain->run([&] { return submitGrowing(chain, planner.description(whole), priority); });
        });
        return Subscription(chain);
    }

    Subscription generate(GenerateRequest request, Priority priority, Observer<Generation> observer) override {
        auto chain = std::make_shared<RequestChain<Generation>>(std::move(observer));
        const auto draw = [this, chain, request, priority] {
            LocalPlanner planner(m_sources, m_models, m_edits, m_device.device);
            chain->run([&] { return submitGrowing(chain, planner.drawing(request, m_scheduler.cache().budget()), priority); });
        };
        if (request.start == SourceId{}) draw();
        else withSources(chain, {request.start}, priority, draw);
        return Subscription(chain);
    }

    Subscription wordInfluence(WordInfluenceRequest request, Priority priority, Observer<WordInfluence> observer) override {
        auto chain = std::make_shared<RequestChain<WordInfluence>>(std::move(observer));
        chain->run([&] {
            LocalPlanner planner(m_sources, m_models, m_edits, m_device.device);
            return submitGrowing(chain, planner.wordInfluence(request), priority);
        });
        return Subscription(chain);
    }

    Subscription parity(ModelId model, TensorMap inputs, Observer<TensorMap> observer) override {
        auto chain = std::make_shared<RequestChain<TensorMap>>(std::move(observer));
        submit(chain, deviceJob("parity", [this, model, inputs](StageContext& context) {
                   const ExactArithmetic exact;
                   DeviceLane lane(m_device.device, Precision::Fp32, context);
                   return runParity(*m_models.get(model).model, inputs, lane);
               }),
               Priority::Batch, [](const StageAnswer& answer) { return answer.value.as<TensorMap>(); });
        return Subscription(chain);
    }

    Subscription compare(SourceId reference, SourceId image, Observer<MetricsReport> observer) override {
        auto chain = std::make_shared<RequestChain<MetricsReport>>(std::move(observer));
        withSource(chain, reference, Priority::Batch, [=, this] {
            withSource(chain, image, Priority::Batch, [=, this] {
                for (const SourceId source : {reference, image}) {
                    if (m_sources.holdsTokens(source)) throw Failure(ErrorCode::Unsupported, "this is a file of tokens, which has no pixels to measure", m_sources.request(source).name, "decode it first: tessera decode");
                }
                submit(chain, metricsPlan(reference, image), Priority::Batch, [](const StageAnswer& answer) { return answer.value.as<MetricsReport>(); });
            });
        });
        return Subscription(chain);
    }

    Subscription bench(ModelId model, BenchRequest request, Observer<BenchReport> observer) override {
        auto chain = std::make_shared<RequestChain<BenchReport>>(std::move(observer));
        submit(chain, deviceJob("bench", [this, model, request](StageContext& context) {
                   const OpenModel open = m_models.get(model);
                   DeviceLane lane(m_device.device, open.precision, context);
                   return runBench(open, request, lane);
               }),
               Priority::Batch, [](const StageAnswer& answer) { return answer.value.as<BenchReport>(); });
        return Subscription(chain);
    }

    EngineStatus status() const override {
        EngineStatus status;
        status.device = m_device.description;
        status.fastBf16 = m_device.fastBf16;
        status.deviceNote = m_device.note;
        if (const auto lost = cudaLost(); lost && m_device.device.is_cuda()) status.deviceNote = "the GPU stopped working: " + *lost;
        auto& scheduler = const_cast<Scheduler&>(m_scheduler);
        status.cacheBytes = scheduler.cache().bytes();
        status.cacheBudget = scheduler.cache().budget();
        status.jobsRunning = m_scheduler.jobsRunning();
        status.jobsWaiting = m_scheduler.jobsWaiting();
        status.stagesRun = m_scheduler.stagesRun();
        return status;
    }

    DeviceList devices() const override { return listDevices(m_threads, m_device.note); }

private:
    /// Submits a plan as one job of a request; `convert` makes the answer of its value, on a worker thread.
    template <typename T, typename Convert>
    void submit(const std::shared_ptr<RequestChain<T>>& chain, StagePlanPtr plan, Priority priority, Convert convert) {
        Observer<StageAnswer> observer;
        observer.onDone = [chain, convert](Result<StageAnswer> answer) {
            if (!answer) return chain->finish(answer.error());
            try {
                chain->finish(convert(answer.value()));
            } catch (const Failure& failure) {
                // The source was removed after the stage had run.
                chain->finish(failure.error());
            }
        };
        observer.onProgress = [chain](const Progress& progress) { chain->progress(progress); };
        chain->run([&] { return m_scheduler.submit(std::move(plan), priority, std::move(observer)); });
    }

    /// Submits a plan whose value is the answer, and whose partial values are all of it so far.
    template <typename T>
    Subscription submitGrowing(const std::shared_ptr<RequestChain<T>>& chain, StagePlanPtr plan, Priority priority) {
        Observer<StageAnswer> observer;
        observer.onDone = [chain](Result<StageAnswer> answer) {
            if (answer) chain->finish(answer.value().value.template as<T>());
            else chain->finish(answer.error());
        };
        observer.onProgress = [chain](const Progress& progress) { chain->progress(progress); };
        if (chain->wantsPartial()) observer.onPartial = [chain](const StageAnswer& answer) { chain->partial(answer.value.as<T>()); };
        return m_scheduler.submit(std::move(plan), priority, std::move(observer));
    }

    /// Calls `next` once the source's content is known; its failure answers the request.
    template <typename T>
    void withSource(const std::shared_ptr<RequestChain<T>>& chain, SourceId source, Priority priority, std::function<void()> next) {
        auto guarded = [chain, next = std::move(next)] {
            try {
                next();
            } catch (const Failure& failure) {
                chain->finish(failure.error());
            }
        };
        if (m_sources.content(source)) return guarded();
        auto stage = std::make_shared<StagePlan>();
        stage->key = Hasher().add(std::string_view("identify")).add(static_cast<std::int64_t>(source)).finish();
        stage->name = "file";
        stage->lane = Lane::Io;
        stage->keep = false;
        stage->run = [this, source](auto, StageContext&) { return StageValue::make(m_sources.identify(source), sizeof(Hash128)); };
        Observer<StageAnswer> observer;
        observer.onDone = [chain, guarded](Result<StageAnswer> answer) {
            if (answer) guarded();
            else chain->finish(answer.error());
        };
        chain->run([&] { return m_scheduler.submit(stage, priority, std::move(observer)); });
    }

    /// The same for several sources, one after another.
    template <typename T>
    void withSources(const std::shared_ptr<RequestChain<T>>& chain, std::vector<SourceId> sources, Priority priority, std::function<void()> next) {
        while (sources.size() > 1 && m_sources.content(sources.back())) sources.pop_back();
        const SourceId source = sources.back();
        sources.pop_back();
        if (sources.empty()) return withSource(chain, source, priority, next);
        withSource(chain, source, priority, [this, chain, sources = std::move(sources), priority, next = std::move(next)] { withSources(chain, sources, priority, next); });
    }

    /// The picture of a query, and before it a preview from a scaled decode where one is wanted and pays.
    void draw(const std::shared_ptr<RequestChain<Picture>>& chain, const Query& query, Priority priority) {
        const Lens* lens = findLens(query.lens);
        if (!lens) throw Failure(ErrorCode::NotFound, "no such lens", query.lens, "see tessera render --help for their names");
        Query whole = query;
        std::optional<OpenModel> model;
        if (query.cell.model != ModelId{} && !lens->needs.empty()) model = m_models.get(query.cell.model);
        whole.parameters = completed(query.parameters, lens->parameters, model ? &model->info : nullptr);
        // A recording of pictures alone can be decoded all the same.
        if (model && model->info.latentChannels == 0 && lens->needs == std::vector<std::string_view>{"encode"}) {
            throw Failure(ErrorCode::Unsupported, "this model gives no latents", model->info.name, "choose a model whose latents are known");
        }
        if (model && model->recorded && std::ranges::find(lens->needs, "compute") != lens->needs.end()) {
            throw Failure(ErrorCode::Unsupported, "this is a recording: it holds what was computed, and this lens computes anew", model->info.name, "open the model itself");
        }
        if (auto error = wrongOthers(lens->name, lens->others, query.others.size())) throw Failure(std::move(*error));
        LocalPlanner planner(m_sources, m_models, m_edits, m_device.device);
        const auto picture = [lens, whole](const StageAnswer& answer) {
            Picture drawn = answer.value.as<Picture>();
            drawn.timings = answer.timings;
            if (lens->present) lens->present(whole, drawn);
            return drawn;
        };
        if (chain->wantsPartial() && lens->previews && m_sources.scaledDecodePays(query.cell.source)) {
            LocalPlanner previewer(m_sources, m_models, m_edits, m_device.device);
            previewer.setPreview(LocalPlanner::kPreviewPixels);
            Observer<StageAnswer> observer;
            observer.onDone = [chain, picture](Result<StageAnswer> answer) {
                if (!answer) return;
                Picture preview = picture(answer.value());
                preview.partial = true;
                chain->partial(std::move(preview));
            };
            chain->run([&] { return m_scheduler.submit(drawPlan(*lens, whole, previewer), Priority::Hovered, std::move(observer)); });
        }
        submit(chain, drawPlan(*lens, whole, planner), priority, picture);
    }

    /// TensorStage: all that the encoder gives and, of a model with codes, "codes".
    static StagePlanPtr encodedPlan(LocalPlanner& planner, const CellRef& cell, const ParameterSet& parameters) {
        const StagePlanPtr latents = planner.latents(cell, parameters);
        if (planner.model(cell).codes.depths() == 0) return latents;
        const StagePlanPtr codes = planner.codes(cell, latents);
        auto stage = std::make_shared<StagePlan>();
        stage->key = Hasher().add(std::string_view("encoded")).add(latents->key).add(codes->key).finish();
        stage->name = "encoded";
        stage->lane = Lane::Device;
        stage->weight = 0;
        stage->keep = false;
        stage->parents = {latents, codes};
        stage->run = [](std::span<const StageValue> values, StageContext&) {
            TensorStage all = values[0].as<TensorStage>();
            TensorsByName tensors = *all.tensors;
            tensors["codes"] = values[1].as<TensorStage>().tensors->at("codes");
            all.tensors = std::make_shared<const TensorsByName>(std::move(tensors));
            return StageValue::make(std::move(all), 0);
        };
        return stage;
    }

    static StagePlanPtr drawPlan(const Lens& lens, const Query& query, StagePlanner& planner) {
        auto stage = std::make_shared<StagePlan>();
        stage->parents = lens.inputs(query, planner);
        Hasher hasher;
        hasher.add(std::string_view("draw")).add(kDrawVersion).add(lens.name);
        for (const StagePlanPtr& parent : stage->parents) hasher.add(parent->key);
        for (const ParameterSpec& spec : lens.parameters) {
            // What is only drawn differently is the same picture to compute.
            if (!spec.display) hasher.add(spec.name).add(query.parameters.at(spec.name));
        }
        stage->key = hasher.finish();
        stage->name = std::string(lens.name);
        stage->lane = Lane::Io;
        stage->weight = 0.2;
        stage->run = [&lens, query](std::span<const StageValue> values, StageContext& context) {
            Picture picture = lens.draw(query, values, context);
            const std::size_t bytes = picture.byteSize();
            return StageValue::make(std::move(picture), bytes);
        };
        return stage;
    }

    void replaceSlot(std::uint64_t slot, const std::shared_ptr<AnyChain>& chain) {
        if (slot == 0) return;
        std::shared_ptr<AnyChain> older;
        {
            std::lock_guard lock(m_slotMutex);
            older = m_slots[slot].lock();
            m_slots[slot] = chain;
            if (m_slots.size() > 4096) std::erase_if(m_slots, [](const auto& entry) { return entry.second.expired(); });
        }
        // After the newer one was submitted, so that stages both need go on.
        if (older) older->cancel();
    }

    /// A job that is not part of any cell: runs once on the device, is not cached.
    template <typename Work>
    StagePlanPtr deviceJob(const std::string& name, Work work) {
        auto stage = std::make_shared<StagePlan>();
        stage->key = Hasher().add(std::string_view("job")).add(name).add(static_cast<std::int64_t>(m_nextJob++)).finish();
        stage->name = name;
        stage->lane = Lane::Device;
        stage->keep = false;
        stage->run = [work](auto, StageContext& context) { return StageValue::make(work(context), 0); };
        return stage;
    }

    /// Checks every tensor, which takes a while for a large file: not on the device's lane, where pictures wait. Asked for twice, it runs once.
    StagePlanPtr openPlan(const ModelRequest& request) {
        auto stage = std::make_shared<StagePlan>();
        stage->key = Hasher().add(std::string_view("open model")).add(request.reference).add(static_cast<int>(request.precision)).add(std::int64_t(request.int8Weights)).finish();
        stage->name = "open model";
        stage->lane = Lane::Io;
        stage->keep = false;
        stage->run = [this, request](auto, StageContext&) { return StageValue::make(open(request), 0); };
        return stage;
    }

    ModelInfo open(const ModelRequest& request) {
        Precision precision = request.precision;
        const bool asked = precision != Precision::Auto;
        if (!asked) precision = m_device.fastBf16 ? Precision::Bf16 : Precision::Fp32;
        if (precision == Precision::Fp16 && m_device.device.is_cpu()) {
            throw Failure(ErrorCode::Unsupported, "fp16 is not offered on the CPU", {}, "use --precision bf16 or fp32");
        }
        return m_models.open(request.reference, precision, asked, request.int8Weights, m_device.description).info;
    }

    std::vector<Picture> decodeTensors(ModelId model, const TensorMap& tensors, StageContext& context) {
        const OpenModel open = m_models.get(model);
        const Decoder* decoder = open.model->capabilities().decode;
        if (!decoder) throw Failure(ErrorCode::Unsupported, "this model has no decoder", open.info.name, "choose a model that decodes");
        const at::Tensor values = decodable(open, tensors, context);
        const at::Tensor sizes = pictureSizes(tensors, values.size(0));
        DeviceLane lane(m_device.device, open.precision, context);
        std::string precision;
        std::vector<Note> notes;
        const at::Tensor images = guarded(open, lane, "decoder", precision, notes, [&](DeviceLane& l) { return TensorsByName{{"image", decoder->decode(values, l)}}; }).at("image");
        std::vector<Picture> pictures;
        for (std::int64_t i = 0; i < images.size(0); ++i) {
            Picture picture;
            const at::Tensor image = images.slice(0, i, i + 1);
            picture.image = imageFromTensor(sizes.defined() ? cropped(image, sizes[i][0].item<std::int64_t>(), sizes[i][1].item<std::int64_t>()) : image);
            picture.precision = precision;
            picture.notes = notes;
            pictures.push_back(std::move(picture));
        }
        return pictures;
    }

    /// What the decoder is given: the codes' vectors where the model has codes, else the latents. [B,C,h,w].
    at::Tensor decodable(const OpenModel& open, const TensorMap& tensors, StageContext& context) const {
        const Quantizer* quantizer = open.model->capabilities().quantize;
        DeviceLane lane(m_device.device, Precision::Fp32, context);
        const auto embedded = [&](const at::Tensor& codes) { return quantizer->embed(codes, 0, quantizer->layout().depths(), lane); };
        if (const auto found = tensors.find("codes"); quantizer && found != tensors.end()) {
            HostTensor codes = found->second;
            checkTokenTensor(codes, "codes", {});
            const int side = open.info.inputSide > 0 ? open.info.inputSide / open.info.codes.pixelsPerCell : 0;
            const std::vector<std::int64_t>& shape = codes.shape;
            if (side > 0 && (shape[1] != side || shape[2] != side)) {
                throw Failure(ErrorCode::Mismatch, "codes of shape " + c10::str(at::IntArrayRef(shape)) + " do not suit the model", open.info.name,
                              "give [B, " + std::to_string(side) + ", " + std::to_string(side) + ", " + std::to_string(open.info.codes.depths()) + "]");
            }
            return embedded(tensorFromHost(codes));
        }
        const auto found = tensors.find("latents");
        if (found == tensors.end()) {
            if (!quantizer && tensors.contains("codes")) throw Failure(ErrorCode::Mismatch, "the file holds codes, and this model has none", open.info.name, "decode it by the model that wrote it");
            throw Failure(ErrorCode::Invalid, quantizer ? "there is no tensor named codes or latents" : "there is no tensor named latents", {}, "give a file that tessera encode wrote");
        }
        HostTensor latents = found->second;
        checkTokenTensor(latents, "latents", {});
        const at::Tensor values = tensorFromHost(latents).to(at::kFloat).to(m_device.device);
        refuseCodesAsFractions(values, open);
        if (latents.shape[1] != open.info.latentChannels) {
            throw Failure(ErrorCode::Mismatch, "latents of shape " + c10::str(at::IntArrayRef(latents.shape)) + " do not suit the model", open.info.name,
                          "give [B, " + std::to_string(open.info.latentChannels) + ", h, w]");
        }
        if (!allFinite(values)) throw Failure(ErrorCode::Invalid, "the latents hold NaN or infinity", {}, "encode the picture again");
        return quantizer ? embedded(quantizer->quantize(values, lane)) : values;
    }

    /// [B,2], or nothing where the file does not say.
    static at::Tensor pictureSizes(const TensorMap& tensors, std::int64_t batch) {
        const auto it = tensors.find(kPictureSize);
        if (it == tensors.end()) return {};
        at::Tensor sizes = tensorFromHost(it->second);
        if (sizes.scalar_type() == at::kLong && sizes.dim() == 2 && sizes.size(0) == batch && sizes.size(1) == 2 && sizes.min().item<std::int64_t>() > 0) return sizes;
        throw Failure(ErrorCode::Mismatch, "the sizes of the pictures do not suit their latents", kPictureSize, "give [" + std::to_string(batch) + ", 2] of int64, or leave it out");
    }

    StagePlanPtr metricsPlan(SourceId reference, SourceId image) {
        LocalPlanner planner(m_sources, m_models, m_edits, m_device.device);
        auto stage = std::make_shared<StagePlan>();
        stage->parents = {planner.source({.source = reference}), planner.source({.source = image})};
        stage->key = Hasher().add(std::string_view("metrics")).add(stage->parents[0]->key).add(stage->parents[1]->key).finish();
        stage->name = "metrics";
        stage->lane = Lane::Io;
        stage->run = [](std::span<const StageValue> values, StageContext&) {
            const Image &a = values[0].as<DecodedImage>().image, &b = values[1].as<DecodedImage>().image;
            if (a.width() != b.width() || a.height() != b.height()) {
                throw Failure(ErrorCode::Mismatch,
                              "the pictures have different sizes, " + std::to_string(a.width()) + " x " + std::to_string(a.height()) + " and " +
                                  std::to_string(b.width()) + " x " + std::to_string(b.height()),
                              {}, "resize one of them first");
            }
            return StageValue::make(MetricsReport{a.width(), a.height(), imageMeasures(a, b)}, 256);
        };
        return stage;
    }

    SourceInfo describe(SourceId source, const DecodedImage& decoded) const {
        const SourceRequest request = m_sources.request(source);
        SourceInfo info;
        info.id = source;
        info.name = request.name;
        info.path = request.path;
        info.format = decoded.format;
        info.width = decoded.fullWidth;
        info.height = decoded.fullHeight;
        info.channels = decoded.channels;
        info.bitsPerChannel = decoded.bitsPerChannel;
        std::tie(info.frames, info.framesPerSecond) = m_sources.frames(source);
        std::error_code error;
        info.fileBytes = request.path.empty() ? request.bytes.size() : fs::file_size(request.path, error);
        if (const auto content = m_sources.content(source)) info.contentHash = content->hex();
        info.notes = decoded.notes;
        return info;
    }

    int m_threads;
    DeviceChoice m_device;
    SourceStore m_sources;
    ModelStore m_models;
    EditStore m_edits;
    std::atomic<std::uint64_t> m_nextJob = 1;
    std::mutex m_slotMutex;
    std::unordered_map<std::uint64_t, std::weak_ptr<AnyChain>> m_slots;
    Scheduler m_scheduler;  ///< last: its workers use everything above
};

}  // namespace

std::shared_ptr<Engine> makeLocalEngine(const EngineOptions& options) {
    keepActivationMemory();
    return std::make_shared<LocalEngine>(options);
}

Error describedFailure(std::exception_ptr exception, const std::string& where) { return describeException(std::move(exception), where); }

}  // namespace tessera
