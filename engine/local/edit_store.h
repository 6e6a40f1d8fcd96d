// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include <tessera/query.h>
#include <tessera/token_edit.h>

#include "core/hash.h"

namespace tessera {

/// The token edits that an engine knows, by their ids. Thread-safe.
class EditStore {
public:
    struct Entry {
        std::shared_ptr<const TokenEdit> edit;
        Hash128 content;  ///< names what the edit does
    };

    EditId add(TokenEdit edit);
    void remove(EditId edit);
    /// Throws Failure(NotFound) for an unknown edit, Failure(Invalid) for one with a change outside its own grid or a code below -1.
    Entry get(EditId edit) const;

private:
    mutable std::mutex m_mutex;
    std::uint64_t m_next = 1;
    std::map<EditId, Entry> m_entries;
};

}  // namespace tessera
