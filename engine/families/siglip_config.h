// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "families/config_reader.h"
#include "families/siglip_text.h"
#include "families/siglip_vision.h"

namespace tessera {

/// The vision_config and the text_config of transformers' SiglipModel; absent keys take its defaults. Throws Failure for what Tessera does not compute.
SiglipVisionShape siglipVisionShape(const ConfigReader& vision);
SiglipText::Shape siglipTextShape(const ConfigReader& text);

}  // namespace tessera
