// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <tessera/contact_sheet.h>
#include <tessera/engine.h>

namespace tessera {

/// What a contact sheet shows. Its heading and the text in its file follow from this alone, whichever program draws it.
struct SheetContents {
    struct Model {
        ModelRequest request;
        std::optional<ModelInfo> info;   ///< once it is open
        std::optional<Error> problem{};  ///< why it is not

        const std::string& name() const { return info ? info->name : request.reference; }
    };
    struct Column {
        std::string lens;
        ParameterSet parameters;           ///< left out: the lens's own initial values
        std::optional<std::size_t> model;  ///< index of the model it is drawn by; of a source's column the one that is given the source like that
        int group = 0;                     ///< neighbours of one group stand under one heading
        bool source = false;               ///< the group is the source's
        // The other cell that the lens draws from; what is left out is the cell's own.
        std::string with{};  ///< the picture's path, or its name if it is no file
        std::optional<std::size_t> withModel{};
        std::string swept{};  ///< the parameter that tells it from its neighbours: named even where it is the lens's own
    };
    struct Source {
        std::string path;  ///< empty for pasted pixels
        std::string name;
        std::optional<SourceInfo> info{};  ///< once it is read
    };
    std::string device;            ///< what computes; empty without an engine
    std::vector<LensInfo> lenses;  ///< what the engine offers
    std::vector<Model> models;     ///< each once, those of other cells too
    std::vector<Column> columns;   ///< in the sheet's order
    std::vector<Source> sources;   ///< one per row
};

/// Title, groups and columns, with the parameters that differ from a lens's own.
SheetHead sheetHead(const SheetContents& contents);
/// What is needed to make the sheet again, as one JSON object: program, device, models, lenses (one per column, with all of its parameters), sources.
/// Bytes of file names that are no UTF-8 are replaced.
std::string sheetText(const SheetContents& contents);

}  // namespace tessera
