// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tessera/picture.h>
#include <tessera/result.h>

namespace tessera {

/// A number in a caption: "SSIM 0.957", "34.39 dB". The value is drawn stronger than what stands around it.
struct SheetNumber {
    std::string before, value, after;
    bool operator==(const SheetNumber&) const = default;
};

/// One picture of a sheet, or the reason why there is none.
struct SheetCell {
    std::optional<Picture> picture;
    std::optional<Error> problem;      ///< drawn in the picture's place
    std::string words;                 ///< left in the caption: "reference", "mean / max"
    std::vector<SheetNumber> numbers;  ///< right in the caption, the most important first
};

struct SheetColumn {
    std::string lens;   ///< "difference", "difference with another-model"
    std::string words;  ///< "kind flip, size 512 px"; empty: what all pictures of the column have in common, "256 × 256 px"
};

/// Neighbouring columns of one model.
struct SheetGroup {
    std::string name;   ///< of the model
    std::string words;  ///< what it runs in and its shape: "bf16 · f8 c16"
    std::vector<SheetColumn> columns;
};

struct SheetRow {
    std::string name;   ///< of the picture
    std::string words;  ///< "JPEG · 4032 × 3024 px"
    Image thumbnail;    ///< may be empty
    std::vector<SheetCell> cells;  ///< as many as there are columns in all groups; left out ones stay empty
};

struct SheetHead {
    std::string title;
    std::string right;               ///< at the title's right end, quieter
    std::vector<std::string> lines;  ///< below it
    std::vector<SheetGroup> groups;
};

struct SheetLook {
    int cellWidth = 256;  ///< of a picture, in logical pixels; 48 to 4096
    int scale = 1;        ///< pixels of the sheet per logical pixel: 1 or 2
    bool dark = true;
    std::string resourceDirectory;  ///< holds fonts/; empty: where the engine looks too
};

/// A picture with the caption that the studio gives such a cell: its error or its PSNR and SSIM.
SheetCell sheetCell(Picture picture, const std::string& lens);
SheetCell sheetCell(Error problem);
/// "kind flip, size 512 px": the values that differ from the lens's own. `specs` may lack some of them.
std::string parameterWords(const ParameterSet& parameters, const std::vector<ParameterSpec>& specs);

/// How many rows a sheet of that look and so many columns takes, whatever the shapes of their pictures.
int mostRows(const SheetLook& look, std::size_t columns);

/// Draws a contact sheet row by row and keeps only what is drawn, so that a thousand rows of large pictures fit into memory.
///
/// In a row all pictures have the same scale: as many sheet pixels per pixel of the source. Scalar pictures go through their colour bar as
/// rendered() draws it; reduced ones average values, not colours. A bar that all rows share stands in the column's header, else in the captions.
class ContactSheetPainter {
public:
    /// An error if the fonts cannot be read or the look is out of range.
    static Result<ContactSheetPainter> make(SheetHead head, const SheetLook& look);
    ContactSheetPainter(ContactSheetPainter&&) noexcept;
    ContactSheetPainter& operator=(ContactSheetPainter&&) noexcept;
    ~ContactSheetPainter();

    void addRow(const SheetRow& row);
    /// The sheet, u8 RGB; an error if it is larger than a PNG reader takes (65,535 px a side, 1 GiB). To be called once.
    Result<Image> finish();

private:
    struct Private;
    explicit ContactSheetPainter(std::unique_ptr<Private> d);
    std::unique_ptr<Private> d;
};

/// All of it at once.
Result<Image> drawContactSheet(const SheetHead& head, const std::vector<SheetRow>& rows, const SheetLook& look);

}  // namespace tessera
