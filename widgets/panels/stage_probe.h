// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <vector>

#include <QString>
#include <QStringList>

#include <tessera/picture.h>

namespace tessera::ui {

/// What all columns hold at one place of the source.
struct StageProbe {
    struct Value {
        QString name;  ///< the column's lens, "reconstruction", with model and sweep where there are several
        QString lens, sweep, model;  ///< its parts; sweep is empty without one, model where the board has one alone
        Unit unit = Unit::None;      ///< of `value`
        FieldMapping mapping = FieldMapping::Colour;
        bool present = false;        ///< the column has a picture that reaches here
        int x = 0, y = 0;            ///< pixel of that column's picture
        std::vector<float> samples;  ///< colours: 0 black to 1 white; fields: their own channels
        std::optional<float> value;  ///< fields: the number that the colour stands for
        QStringList readingNames;    ///< where colours are labels: "depth 1", ...
        std::vector<float> readings; ///< what stands behind them, one per name; to be read in place of samples and value
        int shown = 0;               ///< the one that the picture was drawn from
        bool operator==(const Value&) const = default;
    };

    int column = 0;     ///< under the pointer
    int x = 0, y = 0;   ///< pixel of that column's picture
    double sourceX = 0, sourceY = 0;  ///< the same place in source pixels
    bool pinned = false;              ///< held by togglePin(), not under the pointer
    std::optional<float> difference;  ///< between the pointed cell and what it is compared with
    std::vector<Value> values;        ///< one per column, in their order
    bool operator==(const StageProbe&) const = default;
};

}  // namespace tessera::ui
