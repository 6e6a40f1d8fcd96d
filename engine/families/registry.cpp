// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <system_error>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "families/autoencoder_kl.h"
#include "families/clip.h"
#include "families/flow.h"
#include "families/llava.h"
#include "families/maskgit.h"
#include "families/model_family.h"
#include "families/openvision.h"
#include "families/openvision3.h"
#include "families/rae.h"
#include "families/recorded.h"
#include "families/rq_vae.h"
#include "families/siglip.h"
#include "families/tessera_autoencoder.h"
#include "families/tessera_mini.h"
#include "families/unitok.h"
#include "families/vila_u.h"
#include "families/vqgan.h"

namespace tessera {
namespace {

/// What the files say of themselves, for the message about a checkpoint that nobody reads.
std::string looks(const Checkpoint& checkpoint) {
    if (checkpoint.hasText("config.json")) {
        const nlohmann::json config = checkpoint.json("config.json");
        for (const char* key : {"_class_name", "model_type", "format"}) {
            const nlohmann::json value = config.is_object() ? config.value(key, nlohmann::json()) : nlohmann::json();
            if (value.is_string()) return "its config says " + value.get<std::string>();
        }
    }
    for (const Checkpoint::File& file : checkpoint.files()) {
        for (const auto& [section, tensors] : file.sections) {
            if (!tensors.empty()) {
                return "it holds " + std::to_string(tensors.size()) + " tensors such as " + tensors.begin()->first +
                       (checkpoint.textFiles().empty() ? ", and no config lies beside them" : "");
            }
        }
    }
    return "it holds no tensors";
}

}  // namespace

const std::vector<const ModelFamily*>& modelFamilies() {
    static const std::vector<const ModelFamily*> families{&kRecorded, &kRae, &kFlow, &kTesseraAutoencoder, &kTesseraMini, &kMaskGit, &kLlava, &kOpenVision3, &kAutoencoderKl, &kVqgan, &kRqVae,
                                                   &kUnitok, &kVilaU, &kOpenVision, &kClip, &kSiglip};
    return families;
}

std::unique_ptr<Model> openModelOf(const Checkpoint& checkpoint) {
    for (const ModelFamily* family : modelFamilies()) {
        if (!family->recognise(checkpoint)) continue;
        try {
            return family->open(checkpoint);
        } catch (const Failure& failure) {
            // Families know their files by names inside the checkpoint; people have many a config.json.
            Error error = failure.error();
            std::error_code ignored;
            if (std::filesystem::path(error.where).is_relative() && std::filesystem::exists(checkpoint.folder() / error.where, ignored))
                error.where = (checkpoint.folder() / error.where).string();
            throw Failure(std::move(error));
        }
    }
    throw Failure(ErrorCode::Unsupported, "Tessera knows no model like this: " + looks(checkpoint), checkpoint.path().string(),
                  "open a Tessera autoencoder, a tessera-mini, a tessera_masked_grid, an AutoencoderKL in the layout of diffusers, BFL or Stable Diffusion, a VQGAN of taming or LlamaGen, an RQ-VAE, a UniTok, the vision tower of VILA-U, an OpenVision (1, 2, 3), a CLIP, a SigLIP, an RAE or a LLaVA-1.5");
}

}  // namespace tessera
