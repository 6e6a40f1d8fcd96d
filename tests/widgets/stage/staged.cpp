// SPDX-License-Identifier: GPL-3.0-or-later
#include "staged.h"

namespace tessera::test {
namespace {

constexpr QSize kWindow{900, 460};

Picture with(const std::shared_ptr<const Picture>& picture, const std::function<void(Picture&)>& change) {
    Picture copy = *picture;
    change(copy);
    return copy;
}

}  // namespace

Staged::Staged() {
    difference = std::make_shared<const Picture>(with(differencePicture(64, 64), [](Picture& picture) {
        picture.mapping = FieldMapping::Absolute;
        picture.measures = {{"psnr", 34.394, Unit::Decibels, "sRGB u8"}, {"ms_ssim", 0.98, Unit::None, "luma"}, {"mean_error", 0.0113, Unit::None, ""}, {"max_error", 0.25, Unit::None, ""}};
    }));
    reconstruction = std::make_shared<const Picture>(with(reconstruction, [](Picture& picture) {
        picture.measures = {{"psnr", 34.394, Unit::Decibels, "sRGB u8"}, {"ssim", 0.9567, Unit::None, "luma"}};
    }));
}

void Staged::SetUp() {
    auto* layout = new QVBoxLayout(&window);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(&stage);
    bool shown = false;
    QObject::connect(&stage, &ui::StageView::firstFrame, &window, [&shown] { shown = true; });
    window.resize(kWindow);
    window.move(0, 0);
    window.show();
    ASSERT_TRUE(waitUntil([&] { return shown; }, 20));
    activate(window);
    // Qt tells of movements only; the test before may have left the pointer where this one needs it.
    moveMouse(window, {1, 1});
    session.setInitialModel({"scripted"});
    host.adopt(engine);
    ASSERT_TRUE(waitUntil([this] { return host.model().has_value(); }, 20));
}

ui::RowId Staged::addRow(const std::string& name) {
    const ui::RowId row = session.addRows({SourceRequest{.path = "/pictures/" + name}}).front();
    EXPECT_TRUE(waitUntil([this] { return engine->waiting("input") && engine->waiting("reconstruction") && engine->waiting("difference"); }, 20));
    return row;
}

bool Staged::answered(int column) const {
    return cell(column).state == ui::CellState::Done;
}

void Staged::answerAll() {
    engine->waiting("input")->answer(*input);
    engine->waiting("reconstruction")->answer(*reconstruction);
    engine->waiting("difference")->answer(*difference);
    ASSERT_TRUE(waitUntil([this] { return answered(0) && answered(1) && answered(2); }, 20));
    settle(100);
}

void Staged::setSeconds(double sinceTheCellsBegan) {
    const auto then = cell(1).since + std::chrono::duration_cast<std::chrono::steady_clock::duration>(std::chrono::duration<double>(sinceTheCellsBegan));
    stage.setClock([then] { return then; });
    settle(20);
}

}  // namespace tessera::test
