// SPDX-License-Identifier: Apache-2.0
#include "core/engine_entry.h"

namespace {

// Answers nothing: enough to see that the call went through.
class FakeEngine : public tessera::Engine {
public:
    explicit FakeEngine(std::string device) : m_device(std::move(device)) {}
    tessera::SourceId addSource(tessera::SourceRequest) override { return {}; }
    void removeSource(tessera::SourceId) override {}
    tessera::Subscription describeSource(tessera::SourceId, tessera::Observer<tessera::SourceInfo>) override {
        return {};
    }
    std::vector<tessera::ModelEntry> models() const override { return {}; }
    tessera::Subscription openModel(tessera::ModelRequest, tessera::Observer<tessera::ModelInfo>) override {
        return {};
    }
    void closeModel(tessera::ModelId) override {}
    tessera::EditId addEdit(tessera::TokenEdit) override { return {}; }
    void removeEdit(tessera::EditId) override {}
    std::vector<tessera::LensInfo> lenses() const override { return {}; }
    tessera::Subscription request(tessera::Query,
                                  tessera::Priority,
                                  tessera::Observer<tessera::Picture>,
                                  std::uint64_t) override {
        return {};
    }
    tessera::Subscription encode(tessera::CellRef,
                                 tessera::ParameterSet,
                                 tessera::Observer<tessera::TensorMap>) override {
        return {};
    }
    tessera::Subscription decode(tessera::ModelId,
                                 tessera::TensorMap,
                                 tessera::Observer<std::vector<tessera::Picture>>) override {
        return {};
    }
    tessera::Subscription tokens(tessera::CellRef, tessera::ParameterSet, tessera::Priority, tessera::Observer<tessera::TokenGrid>) override { return {}; }
    tessera::Subscription codebooks(tessera::ModelId, tessera::Observer<tessera::TensorMap>) override { return {}; }
    tessera::Subscription describe(tessera::DescribeRequest, tessera::Priority, tessera::Observer<tessera::Description>) override { return {}; }
    tessera::Subscription generate(tessera::GenerateRequest, tessera::Priority, tessera::Observer<tessera::Generation>) override { return {}; }
    tessera::Subscription wordInfluence(tessera::WordInfluenceRequest, tessera::Priority, tessera::Observer<tessera::WordInfluence>) override { return {}; }
    tessera::Subscription parity(tessera::ModelId, tessera::TensorMap, tessera::Observer<tessera::TensorMap>) override {
        return {};
    }
    tessera::Subscription compare(tessera::SourceId,
                                  tessera::SourceId,
                                  tessera::Observer<tessera::MetricsReport>) override {
        return {};
    }
    tessera::Subscription bench(tessera::ModelId,
                                tessera::BenchRequest,
                                tessera::Observer<tessera::BenchReport>) override {
        return {};
    }
    tessera::EngineStatus status() const override { return {.device = m_device}; }
    tessera::DeviceList devices() const override { return {.entries = {{"cpu", m_device}}}; }

private:
    std::string m_device;
};

}  // namespace

#ifdef FAKE_UNRESOLVED
extern "C" void tessera_symbol_that_nobody_defines();
#endif

#ifndef FAKE_NOT_AN_ENGINE
int tessera_engine_abi() {
#ifdef FAKE_UNRESOLVED
    tessera_symbol_that_nobody_defines();
#endif
#ifdef FAKE_OTHER_VERSION
    return tessera::kEngineAbi + 1;
#else
    return tessera::kEngineAbi;
#endif
}

int tessera_engine_create(const tessera::EngineOptions* options,
                          [[maybe_unused]] std::shared_ptr<tessera::Engine>* engine,
                          [[maybe_unused]] tessera::Error* error) {
#ifdef FAKE_REFUSING
    *error = {tessera::ErrorCode::Unsupported, "there is no such device", options->device, "use --device cpu"};
    return 1;
#else
    *engine = std::make_shared<FakeEngine>(options->device);
    return 0;
#endif
}
#endif
