// SPDX-License-Identifier: Apache-2.0
// What the reader of VILA-U's vision tower accepts, what it refuses, and in which words. That it computes the right thing: tests/golden.
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <tessera/files.h>
#include <tessera/wait.h>

#include "support/golden_case.h"
#include "support/temporary_folder.h"
#include "support/test_engine.h"

namespace tessera::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

const fs::path kGolden = fs::path(TESSERA_SOURCE_DIR) / "tests/golden/vila_u";

json jsonIn(const fs::path& path) { return json::parse(std::ifstream(path)); }

void write(const fs::path& path, const json& value) {
    fs::create_directories(path.parent_path());
    std::ofstream(path) << value.dump(1);
}

/// A golden tower, to be made worse.
class Tower {
public:
    explicit Tower(const std::string& golden) {
        const fs::path model = kGolden / golden / "model";
        config = jsonIn(model / "vision_tower/config.json");
        siglipName = config["rqvaesiglip"]["pretrained_model"];
        siglip = jsonIn(model / siglipName / "config.json");
        auto read = readTensorFile((model / "vision_tower/model.safetensors").string());
        if (!read) throw std::runtime_error(toLine(read.error()));
        tensors = std::move(read).value();
    }

    TensorMap tensors;
    json config, siglip;
    std::string siglipName;  ///< folder of its config, from the root; empty: not written
    std::string tower = "vision_tower";

    json& rq() { return config["rqvaesiglip"]; }
    void erase(const std::string& prefix) {
        std::erase_if(tensors, [&](const auto& entry) { return entry.first.starts_with(prefix); });
    }
    /// Returns the root.
    std::string write() {
        const fs::path root = m_folder.path() / std::to_string(m_written++);
        test::write(root / tower / "config.json", config);
        if (!siglipName.empty()) test::write(root / siglipName / "config.json", siglip);
        if (const auto error = writeTensorFile((root / tower / "model.safetensors").string(), tensors)) throw std::runtime_error(toLine(*error));
        return root.string();
    }

private:
    TemporaryFolder m_folder;
    int m_written = 0;
};

class VilaU : public testing::Test {
protected:
    static void SetUpTestSuite() { s_engine = openCpuEngine(); }
    static void TearDownTestSuite() { s_engine.reset(); }

    static std::string refused(Tower& tower) { return refusal(*s_engine, tower.write()); }
    /// A value at a path such as "/rqvaesiglip/n_embed" of the tower's config.
    static std::string with(const std::string& path, const json& value) {
        Tower tower("tower");
        tower.config[json::json_pointer(path)] = value;
        return refused(tower);
    }
    static Result<TensorMap> computed(const std::string& path, const TensorMap& inputs) {
        const auto model = openModel(*s_engine, path);
        if (!model) return model.error();
        return wait<TensorMap>([&](auto observer) { return s_engine->parity(model.value().id, inputs, std::move(observer)); });
    }
    /// Empty if the checkpoint computes what the golden case records.
    static std::string mismatchesOf(const std::string& path, const std::string& golden) {
        const GoldenCase recorded(kGolden / golden);
        const auto result = computed(path, recorded.tensors("in."));
        return result ? mismatches(recorded, result.value()) : toLine(result.error());
    }
    static inline std::shared_ptr<Engine> s_engine;
};

TEST_F(VilaU, IsDescribed) {
    Tower tower("tower");
    const auto model = openModel(*s_engine, tower.write());
    ASSERT_TRUE(model) << toLine(model.error());
    const ModelInfo& info = model.value();
    EXPECT_EQ(info.family, "vila_u");
    EXPECT_EQ(info.shape, "f8 c32");
    EXPECT_EQ(info.inputSide, 32);
    EXPECT_THAT(info.denseMethods, testing::ElementsAre("map_value", "plain"));
    EXPECT_EQ(info.codes, (CodeLayout{.kind = CodeLayout::Kind::Residual, .codebookSizes = {64, 64, 64, 64}, .codewordDim = 32, .pixelsPerCell = 8}));
    EXPECT_THAT(info.capabilities, testing::ElementsAre("encode", "quantize", "decode", "text"));
    EXPECT_THAT(info.ignoredTensors, AllOf(Contains("rqtransformer.pos_emb_d"), Contains("rqvaesiglip.quantizer.codebooks.2.embed_ema"), Contains("rqvaesiglip.siglip_model.logit_scale"),
                                           Not(Contains("rqvaesiglip.logit_scale")), Not(Contains(HasSubstr("text_model")))));
}

TEST_F(VilaU, ASharedCodebookIsDescribedAsOne) {
    Tower tower("tower_oddgrid");
    const auto model = openModel(*s_engine, tower.write());
    ASSERT_TRUE(model) << toLine(model.error());
    EXPECT_TRUE(model.value().codes.shared);
    EXPECT_EQ(model.value().inputSide, 34);
    EXPECT_EQ(model.value().codes.pixelsPerCell, 6);
    EXPECT_EQ(model.value().codes.depths(), 4);
}

TEST_F(VilaU, TheTowerAloneAndTheWholeReleaseOpen) {
    Tower tower("tower");
    const fs::path root = tower.write();
    EXPECT_EQ(mismatchesOf((root / "vision_tower").string(), "tower"), "") << "the SigLIP's config lies beside the tower's folder";
    EXPECT_EQ(mismatchesOf((root / "vision_tower/model.safetensors").string(), "tower"), "");
    write(root / "config.json", {{"model_type", "vila_u_llama"}, {"llm_cfg", json::object()}});
    EXPECT_EQ(mismatchesOf(root.string(), "tower"), "") << "a release whose language model was not downloaded";
    write(root / "llm/config.json", {{"model_type", "llm"}});
    ASSERT_FALSE(writeTensorFile((root / "llm/model.safetensors").string(), {{"weight", float32Tensor({1}, {1})}}));
    EXPECT_THAT(refusal(*s_engine, root.string()), HasSubstr("the language model is a \"llm\""));
}

TEST_F(VilaU, TheSiglipsConfigMayLieInTheTowersFolder) {
    Tower tower("tower");
    tower.siglipName = "vision_tower/" + tower.siglipName;
    EXPECT_EQ(mismatchesOf(tower.write(), "tower"), "");
}

TEST_F(VilaU, ASiglipWithoutConfigIsKnownByItsName) {
    Tower tower("tower");
    tower.siglipName.clear();
    EXPECT_THAT(refused(tower), AllOf(HasSubstr("\"google/siglip-tiny\", whose config is not here"), HasSubstr("google/siglip-tiny/config.json")));
    for (const char* name : {"google/siglip-large-patch16-256", "/data/checkpoints/siglip-large-patch16-256"}) {
        tower.rq()["pretrained_model"] = name;
        EXPECT_THAT(refused(tower), HasSubstr("rqvaesiglip.latent_shape says 4 where the SigLIP's grid of patches has 16")) << name;
    }
    tower.rq()["pretrained_model"] = "google/siglip-so400m-patch14-384";
    EXPECT_THAT(refused(tower), HasSubstr("the SigLIP's grid of patches has 27"));
    tower.rq()["pretrained_model"] = "../" + tower.tower;  // a config.json, but no SigLIP's
    EXPECT_THAT(refused(tower), HasSubstr("whose config is not here"));
}

TEST_F(VilaU, AllMisfitsAreToldTogether) {
    Tower tower("tower");
    tower.tensors.erase("rqvaesiglip.siglip_model.vision_model.encoder.layers.3.mlp.fc1.bias");
    tower.tensors.erase("rqtransformer.head_transformer.blocks.1.ln2.bias");
    tower.tensors["rqtransformer.in_mlp_2.weight"] = float32Tensor({1}, {0});
    tower.tensors["rqvaesiglip.decoder.up.0.attn.0.q.weight"] = float32Tensor({1}, {0});
    EXPECT_THAT(refused(tower), AllOf(HasSubstr("2 missing tensors (rqvaesiglip.siglip_model.vision_model.encoder.layers.3.mlp.fc1.bias [64], rqtransformer.head_transformer.blocks.1.ln2.bias [32])"),
                                      HasSubstr("1 unexpected tensor (rqvaesiglip.decoder.up.0.attn.0.q.weight)"), HasSubstr("rqtransformer.in_mlp_2.weight is [1] instead of [32, 48]"),
                                      HasSubstr("vision_tower/model.safetensors"), Not(HasSubstr("\n"))));
}

TEST_F(VilaU, TheScaleOfLogitsIsReadUnderEitherName) {
    Tower first("tower"), second("tower"), neither("tower");
    first.erase("rqvaesiglip.siglip_model.logit_");
    second.erase("rqvaesiglip.logit_");
    EXPECT_EQ(mismatchesOf(first.write(), "tower"), "");
    EXPECT_EQ(mismatchesOf(second.write(), "tower"), "");
    neither.erase("rqvaesiglip.siglip_model.logit_");
    neither.erase("rqvaesiglip.logit_");
    EXPECT_THAT(refused(neither), HasSubstr("2 missing tensors (rqvaesiglip.siglip_model.logit_scale"));
}

TEST_F(VilaU, ASharedCodebookMayBeStoredOnceButNotDifferently) {
    Tower once("tower_oddgrid"), differing("tower_oddgrid");
    for (const int depth : {1, 2, 3}) once.erase("rqvaesiglip.quantizer.codebooks." + std::to_string(depth) + ".");
    EXPECT_EQ(mismatchesOf(once.write(), "tower_oddgrid"), "");
    HostTensor& copy = differing.tensors.at("rqvaesiglip.quantizer.codebooks.2.weight");
    std::vector<std::byte> bytes(copy.bytes.data(), copy.bytes.data() + copy.bytes.size());
    bytes.front() ^= std::byte{1};
    copy.bytes = SharedBytes(std::move(bytes));
    EXPECT_THAT(refused(differing), HasSubstr("rqvaesiglip.quantizer.codebooks.0.weight and rqvaesiglip.quantizer.codebooks.2.weight differ"));
    once.rq()["shared_codebook"] = false;
    EXPECT_THAT(refused(once), HasSubstr("3 missing tensors (rqvaesiglip.quantizer.codebooks.1.weight [97, 48]"));
}

TEST_F(VilaU, ConfigsThatContradictThemselvesAreRefused) {
    EXPECT_THAT(with("/rqvaesiglip/code_shape", {4, 5, 4}), HasSubstr("rqvaesiglip.code_shape says 5 where the SigLIP's grid of patches has 4"));
    EXPECT_THAT(with("/rqvaesiglip/latent_shape", {4, 4}), HasSubstr("rqvaesiglip.latent_shape should be a list of three whole numbers"));
    EXPECT_THAT(with("/rqvaesiglip/embed_dim", 64), HasSubstr("rqvaesiglip.embed_dim says 64 where the SigLIP has 32"));
    EXPECT_THAT(with("/rqvaesiglip/n_embed", 65), HasSubstr("rqtransformer.vocab_size says 64 where n_embed has 65"));
    EXPECT_THAT(with("/rqtransformer/block_size", {4, 4, 2}), HasSubstr("rqtransformer.block_size says 2 where code_shape has 4"));
    EXPECT_THAT(with("/rqtransformer/head/block/n_head", 5), HasSubstr("5 heads do not divide 32 channels"));
    EXPECT_THAT(with("/rqvaesiglip/decoder_latent_shape", {4}), HasSubstr("decoder_latent_shape should be a list of two whole numbers"));
    EXPECT_THAT(with("/rqvaesiglip/ddconfig/ch", 48), HasSubstr("32 normalisation groups do not divide 48 channels"));
    EXPECT_THAT(with("/rqvaesiglip/ddconfig/num_res_blocks", 2), HasSubstr("missing tensors (rqvaesiglip.decoder.up.3.block.2."));
    EXPECT_THAT(with("/rqvaesiglip", "none"), HasSubstr("rqvaesiglip"));
}

TEST_F(VilaU, SiglipConfigsOfWhatIsNotComputedAreRefused) {
    const auto refusedWith = [](const std::string& part, const std::string& key, const json& value) {
        Tower tower("tower");
        tower.siglip[part][key] = value;
        return refused(tower);
    };
    EXPECT_THAT(refusedWith("vision_config", "hidden_act", "gelu"), AllOf(HasSubstr("vision_config.hidden_act is \"gelu\""), HasSubstr("siglip-tiny/config.json")));
    EXPECT_THAT(refusedWith("vision_config", "num_attention_heads", 5), HasSubstr("5 heads do not divide 32 channels"));
    EXPECT_THAT(refusedWith("text_config", "num_attention_heads", 3), HasSubstr("3 heads do not divide 32 channels"));
    EXPECT_THAT(refusedWith("vision_config", "num_hidden_layers", 5), HasSubstr("missing tensors (rqvaesiglip.siglip_model.vision_model.encoder.layers.4."));
    EXPECT_THAT(refusedWith("text_config", "vocab_size", 41), HasSubstr("token_embedding.weight is [40, 32] instead of [41, 32]"));
    EXPECT_THAT(refusedWith("vision_config", "patch_size", 40), HasSubstr("patches of 40 px do not fit pictures of 32 px"));
}

TEST_F(VilaU, TakesPicturesOfItsOwnSizeOnly) {
    Tower tower("tower");
    for (const std::int64_t side : {24, 40}) {
        const auto result = computed(tower.write(), {{"in.image", float32Tensor({1, 3, side, side}, std::vector<float>(static_cast<std::size_t>(3 * side * side), 0.5f))}});
        ASSERT_FALSE(result);
        EXPECT_THAT(toLine(result.error()), HasSubstr("give [B, 3, 32, 32]"));
    }
}

}  // namespace
}  // namespace tessera::test
