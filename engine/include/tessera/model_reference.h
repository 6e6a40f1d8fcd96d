// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <tessera/engine.h>

namespace tessera {

/// "auto", "fp32", "bf16", "fp16".
std::string_view precisionName(Precision precision);

/// "MODEL" or "MODEL@PRECISION", where MODEL is what ModelRequest::reference takes: "mini-autoencoder@bf16"; "@int8" and "@bf16+int8" ask for
/// int8 weights of its language model too. Only a suffix that names such is one; a hub revision that is called like one takes a second: "ORG/NAME@fp16@auto".
ModelRequest parsedModelRequest(std::string_view text, Precision otherwise = Precision::Auto);
/// The text that parsedModelRequest reads back.
std::string toText(const ModelRequest& request);

/// The parts of "A,B,C". A part that only names an existing file or folder together with what follows its comma stays whole.
std::vector<std::string> splitModelList(const std::string& text);

}  // namespace tessera
