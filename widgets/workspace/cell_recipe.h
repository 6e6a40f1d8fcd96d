// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <tessera/engine.h>

namespace tessera::ui {

/// Everything that makes a cell's picture, in words that mean the same to another program. Knows no Qt.
struct CellRecipe {
    std::string path;    ///< of the picture's file; empty for pasted pixels, which no other program has
    ModelRequest model;  ///< its reference is empty where no model is chosen
    std::string lens;
    ParameterSet parameters;  ///< left out: the lens's own initial values
    /// Query::others in their order.
    struct Other {
        bool own = false;  ///< the cell's own picture; else that of `path`
        std::string path;
        ModelRequest model;
        bool edited = false;  ///< its tokens are, and no file holds them
        int frame = 0;        ///< as below
    };
    std::vector<Other> others;
    bool edited = false;  ///< the cell shows other tokens than its model finds
    std::string tokens;   ///< the file that holds these; empty: none does
    int frame = 0;        ///< of a clip, 0-based
    std::string device = "auto";  ///< EngineOptions::device
    int threads = 0;              ///< EngineOptions::cpuThreads
};

/// A word for a POSIX shell, quoted where it must be; bytes that a terminal or a clipboard would swallow are spelled out.
std::string shellWord(std::string_view text);
/// "photo-reconstruction.png", "clip-7-reconstruction.png" of a later frame: what the command calls its output, without a folder.
std::string outputName(const CellRecipe& cell);
/// Why there is no command for the cell, the sentence for a disabled action: a picture that is no file, others under several models, edited tokens or a
/// later frame of another cell. That its own edited tokens are in no file yet is none: see needsTokenFile().
std::optional<Error> commandRefusal(const CellRecipe& cell);
/// The cell's edited tokens have to be written before a command can name them.
bool needsTokenFile(const CellRecipe& cell);
/// The call of `tessera` that writes the cell's picture, pixel for pixel, into the working folder. Empty where commandRefusal() or needsTokenFile() holds.
std::string commandFor(const CellRecipe& cell);

/// What pythonFor has to know about a cell beside its recipe. Pointers may be null where something is not known yet.
struct RecipeFacts {
    const LensInfo* lens = nullptr;
    const ModelInfo* model = nullptr;
    const SourceInfo* source = nullptr;
    const ModelInfo* otherModel = nullptr;    ///< of CellRecipe::others, where they are the cell's own picture under another model
    const SourceInfo* otherSource = nullptr;  ///< of the one picture in CellRecipe::others, where it is another one
};

/// Why there is no Python program for the cell, the sentence for a disabled action. Looks at no file and puts nothing together: for every change of the cell.
std::optional<Error> pythonRefusal(const CellRecipe& cell, const RecipeFacts& facts);
/// A Python program that computes the cell's tensors with upstream's own libraries in fp32. Refuses what pythonRefusal() does, and a folder of several models.
///
/// Put together from resources/python: open, picture, input (where the lens has size and crop), families/<family>, padding, lenses/<lens>. Between two cells
/// lenses/<lens>.first comes before the other one's family and padding, and lenses/<lens>.second takes the place of lenses/<lens> where there is one; another
/// picture is opened before all. A new family or lens is one file there. `#!` lines of a template:
/// `packages a b` (for pip); `uses NAME` (a template that goes before it, once); `model folder` (what the model's library is given, else its file; `with A,B`:
/// the folder that holds A, else B); `only NAME=VALUE,... | why other values are not offered`; `one model | why two cells are to be of one`; `for NEED`: what
/// follows is left out unless the lens needs that.
/// A family defines encode() and decode(); with codes quantize(), embed() and picture(); `for text` text_vectors(), picture_vector(), dense(), scale and bias.
Result<std::string> pythonFor(const CellRecipe& cell, const RecipeFacts& facts);

}  // namespace tessera::ui
