// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <vector>

#include <QImage>
#include <QWidget>

namespace tessera {
struct Picture;
}

namespace tessera::ui {

/// The surroundings of one place in every column, each enlarged, the pixel itself framed; in several rows where one gets too narrow
/// for names.
class PixelPatches : public QWidget {
    Q_OBJECT
public:
    struct Patch {
        QString name;  ///< as short as it goes
        QString whole;  ///< for the tool tip
        std::shared_ptr<const Picture> picture;  ///< null: nothing to show there
        int x = 0, y = 0;
        bool operator==(const Patch&) const = default;
    };

    explicit PixelPatches(QWidget* parent = nullptr);
    void setPatches(std::vector<Patch> patches);

    int heightForWidth(int width) const override;
    bool hasHeightForWidth() const override { return true; }
    QSize sizeHint() const override { return {248, heightForWidth(248)}; }
    QSize minimumSizeHint() const override { return {120, 0}; }

    /// kSide x kSide pixels round a place, as the stage draws them; grey where the picture ends.
    static QImage surroundings(const Picture& picture, int x, int y);
    static constexpr int kSide = 13;

protected:
    void paintEvent(QPaintEvent* event) override;
    bool event(QEvent* event) override;

private:
    int perRow(int width) const;
    int side(int width) const;
    QRect boxOf(int patch) const;

    std::vector<Patch> m_patches;
    std::vector<QImage> m_images;
};

}  // namespace tessera::ui
