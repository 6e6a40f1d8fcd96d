// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <mutex>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <tessera/engine.h>

#include "core/hash.h"
#include "image/clip.h"
#include "image/image_file.h"

namespace tessera {

/// The sources that an engine knows. Holds requests, not decoded pixels: those live in the stage cache. Thread-safe.
class SourceStore {
public:
    SourceId add(SourceRequest request);
    void remove(SourceId source);

    /// The request; throws Failure(NotFound) for an unknown source.
    SourceRequest request(SourceId source) const;
    /// What names the source's content, once `identify` has run.
    std::optional<Hash128> content(SourceId source) const;
    /// Reads the source (file or memory) and names its content. Throws Failure in one sentence.
    Hash128 identify(SourceId source);
    /// True for a large JPEG, whose scaled decode is much faster than the whole one. Known once `identify` has run.
    bool scaledDecodePays(SourceId source) const;
    /// True for a file of codes or latents in a picture's place. Known once `identify` has run.
    bool holdsTokens(SourceId source) const;
    /// A scaled decode of the source was asked for and has not begun or ended: whoever wants all pixels comes after it.
    bool scaledDecodePending(SourceId source) const;
    void setScaledDecodePending(SourceId source, bool pending);
    /// How many frames a clip has, and how many a second it shows; 1 and 0 of a picture. Known once `identify` has run.
    std::pair<int, double> frames(SourceId source) const;
    /// A frame of a clip: playing on costs the least. Throws Failure.
    DecodedImage frame(SourceId source, int frame);
    /// The encoded bytes again; throws Failure when the file has another content than it had.
    SharedBytes bytes(SourceId source) const;

private:
    struct Entry {
        SourceRequest request;
        std::optional<Hash128> content;
        bool jpeg = false, tokens = false;
        bool scaledPending = false;
        int frames = 1;
        double framesPerSecond = 0;
    };
    mutable std::mutex m_mutex;
    std::uint64_t m_next = 1;
    std::map<SourceId, Entry> m_entries;
    /// Clips that were looked into last, by their content; each is read by one thread at a time.
    struct OpenClip {
        Hash128 content;
        std::shared_ptr<Clip> clip;
        std::mutex reading;
    };
    std::shared_ptr<OpenClip> keepClip(const Hash128& content, std::shared_ptr<Clip> clip);
    std::vector<std::shared_ptr<OpenClip>> m_clips;  ///< the newest last
};

}  // namespace tessera
