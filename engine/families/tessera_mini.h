// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "families/clip_text.h"
#include "families/llama.h"
#include "families/model_family.h"
#include "families/tessera_autoencoder.h"
#include "families/vila_u_depth.h"

namespace tessera {

/// Tessera's own unified tokenizer: one set of tokens over the latents of its own autoencoder, for reconstruction, for codes and for words; spec: engine/families/tessera_mini.md.
///
///   Image [B,3,H,W] in [0,1] -> latents [B,z,H/8,W/8] -> tokens [B,T,H/8p,W/8p] -> (codes [B,H/8p,W/8p,D] -> tokens) -> latents -> Reconstruction [B,3,H,W]
///   tokens -> vectors [B,E,H/8p,W/8p] beside those of texts
///   text -> codes, and codes -> text, where it has a language model
struct TesseraMiniConfig {
    /// A transformer over a grid of tokens.
    struct Stack {
        int layers = 0, width = 0, heads = 1, hidden = 0;
    };
    TesseraAutoencoderConfig autoencoder;
    int patch = 2;  ///< p: latent cells of a token along each side
    Stack encoder, decoder, semantic;
    int depths = 0, codebookSize = 0;  ///< D, K
    int beam = 1;                      ///< prefixes that the search for codes follows
    int embedding = 0;                 ///< E
    ClipText::Shape text;

    /// VILA-U's language model and depth transformer over the texts' word pieces and the codes.
    struct Language {
        Llama::Shape llama;
        VilaUDepth::Shape depth;
        std::int64_t start = 0, pictureStart = 0, pictureEnd = 0;  ///< ids that mark a text, and a picture in it
        int side = 0;                                              ///< tokens along each side of a picture
        double guidance = 3, temperature = 1;                      ///< that it draws best with
    };
    std::optional<Language> language;

    int tokenDim() const { return patch * patch * autoencoder.latentChannels; }  ///< T
    int downsample() const { return TesseraAutoencoderConfig::kDownsample * patch; }

    /// From config.json; throws Failure(Invalid) that names the key.
    static TesseraMiniConfig detect(const Checkpoint& checkpoint);
    static TesseraMiniConfig read(const ConfigReader& config);
};

/// The config says that it is one. Reads no tensor data.
bool isTesseraMini(const Checkpoint& checkpoint);
/// The tensors of its model.safetensors. Throws Failure(Mismatch) where there is none.
TesseraAutoencoderFile tesseraMiniFile(const Checkpoint& checkpoint);

extern const ModelFamily kTesseraMini;

}  // namespace tessera
