// SPDX-License-Identifier: Apache-2.0
#include "families/openvision.h"

#include "families/clip_model.h"

namespace tessera {
namespace {

std::optional<std::string> recognise(const Checkpoint& checkpoint) {
    const auto folder = findOpenClip(checkpoint);
    return folder && folder->channels == 3 && folder->openVision ? std::optional<std::string>("open_clip config of an OpenVision") : std::nullopt;
}

std::unique_ptr<Model> open(const Checkpoint& checkpoint) {
    ClipModel::File file = detectOpenClip(checkpoint, *findOpenClip(checkpoint));
    file.family = kOpenVision.name;
    return std::make_unique<ClipModel>(std::move(file));
}

}  // namespace

const ModelFamily kOpenVision{.name = "openvision", .recognise = recognise, .open = open};

}  // namespace tessera
