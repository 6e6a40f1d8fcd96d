// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <mutex>
#include <optional>

#include <tessera/engine.h>

#include "core/hash.h"
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
    /// The encoded bytes again; throws Failure when the file has another content than it had.
    SharedBytes bytes(SourceId source) const;

private:
    struct Entry {
        SourceRequest request;
        std::optional<Hash128> content;
        bool jpeg = false, tokens = false;
        bool scaledPending = false;
    };
    mutable std::mutex m_mutex;
    std::uint64_t m_next = 1;
    std::map<SourceId, Entry> m_entries;
};

}  // namespace tessera
