// SPDX-License-Identifier: Apache-2.0
#include "local/edit_store.h"

#include <string>

#include "core/error.h"

namespace tessera {
namespace {

std::string placeOf(const TokenEdit::Change& change) {
    return "row " + std::to_string(change.row) + ", column " + std::to_string(change.column) + ", depth " + std::to_string(change.depth + 1);
}

void check(const TokenEdit& edit) {
    const std::string grid = std::to_string(edit.rows) + " x " + std::to_string(edit.columns) + " x " + std::to_string(edit.depths);
    if (edit.rows < 1 || edit.columns < 1 || edit.depths < 1) throw Failure(ErrorCode::Invalid, "the grid " + grid + " of a token edit has no places", {}, "give rows, columns and depths of at least 1");
    for (const TokenEdit::Change& change : edit.changes) {
        const bool inside = change.row >= 0 && change.row < edit.rows && change.column >= 0 && change.column < edit.columns && change.depth >= 0 && change.depth < edit.depths;
        if (!inside) throw Failure(ErrorCode::Invalid, "a token edit changes a place outside its grid of " + grid, placeOf(change), "count rows and columns from 0, depths from 1, and stay in the grid");
        if (change.code < -1) throw Failure(ErrorCode::Invalid, "the code " + std::to_string(change.code) + " is none", placeOf(change), "use a code of the codebook, or -1 to add nothing");
    }
}

}  // namespace

EditId EditStore::add(TokenEdit edit) {
    Hasher hasher;
    hasher.add(std::string_view("token edit")).add(std::int64_t(edit.rows)).add(std::int64_t(edit.columns)).add(std::int64_t(edit.depths));
    for (const TokenEdit::Change& change : edit.changes) {
        hasher.add(std::int64_t(change.row)).add(std::int64_t(change.column)).add(std::int64_t(change.depth)).add(std::int64_t(change.code));
    }
    const Hash128 content = hasher.finish();
    std::lock_guard lock(m_mutex);
    const EditId id{m_next++};
    m_entries[id] = {std::make_shared<const TokenEdit>(std::move(edit)), content};
    return id;
}

void EditStore::remove(EditId edit) {
    std::lock_guard lock(m_mutex);
    m_entries.erase(edit);
}

EditStore::Entry EditStore::get(EditId edit) const {
    Entry entry;
    {
        std::lock_guard lock(m_mutex);
        const auto it = m_entries.find(edit);
        if (it == m_entries.end()) throw Failure(ErrorCode::NotFound, "the token edit was removed", {}, "edit the tokens again");
        entry = it->second;
    }
    check(*entry.edit);
    return entry;
}

}  // namespace tessera
