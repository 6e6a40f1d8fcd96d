// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "panels/generate/token_map.h"

namespace tessera::ui {

/// One number of every token at the depth that is looked at, as a heat map with its legend. Tokens that are not there stay dark.
class TraceMap : public TokenMap {
    Q_OBJECT
public:
    enum class Kind { Entropy, Rank, Probability, Guidance };

    TraceMap(DrawDesk& desk, Kind kind, QWidget* parent = nullptr);

    void setKind(Kind kind);
    Kind kind() const { return m_kind; }

protected:
    void read() override;
    void paintTokens(QPainter& painter) const override;
    int firstToken() const override;

private:
    Kind m_kind;
};

}  // namespace tessera::ui
