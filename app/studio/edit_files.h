// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <memory>
#include <string>
#include <tuple>

#include <QFileInfo>
#include <QString>

#include "workspace/columns.h"
#include "workspace/token_edits.h"

namespace tessera::studio {

/// The files that edited tokens were exported to while the studio runs, so that a command can name them.
class EditFiles {
public:
    /// `path` holds the tokens of a cell with that edit now, and those of no other any more.
    void note(const QString& path, const ui::TokenEditPointer& edit, const ui::ModelChoice& model, const ParameterSet& preprocessing) {
        std::erase_if(m_files, [&](const auto& file) { return file.second == path || std::get<0>(file.first).expired(); });
        if (edit) m_files[{edit, model, preprocessing}] = path;
    }
    /// Empty if there is none, or if it is gone.
    std::string fileOf(const ui::TokenEditPointer& edit, const ui::ModelChoice& model, const ParameterSet& preprocessing) const {
        const auto file = m_files.find({edit, model, preprocessing});
        return edit && file != m_files.end() && QFileInfo::exists(file->second) ? file->second.toStdString() : std::string();
    }

private:
    using Key = std::tuple<std::weak_ptr<const TokenEdit>, ui::ModelChoice, ParameterSet>;
    struct Less {
        bool operator()(const Key& a, const Key& b) const {
            const std::owner_less<> before;
            if (before(std::get<0>(a), std::get<0>(b))) return true;
            if (before(std::get<0>(b), std::get<0>(a))) return false;
            return std::tie(std::get<1>(a), std::get<2>(a)) < std::tie(std::get<1>(b), std::get<2>(b));
        }
    };
    std::map<Key, QString, Less> m_files;
};

}  // namespace tessera::studio
