// SPDX-License-Identifier: GPL-3.0-or-later
#include "studio_window.h"

#include <QApplication>
#include <QPainter>
#include <QUrl>

namespace tessera::test {
std::string writeQuadrants(const TemporaryFolder& folder, const std::string& name, int side) {
    QImage image(side, side, QImage::Format_RGB888);
    QPainter painter(&image);
    const int half = side / 2;
    painter.fillRect(0, 0, half, half, Qt::red);
    painter.fillRect(half, 0, half, half, Qt::green);
    painter.fillRect(0, half, half, half, Qt::blue);
    painter.fillRect(half, half, half, half, Qt::white);
    painter.end();
    const std::string path = folder / name;
    EXPECT_TRUE(image.save(QString::fromStdString(path)));
    return path;
}

QMimeData* filesAsMime(const QStringList& paths) {
    auto* mime = new QMimeData;
    QList<QUrl> urls;
    for (const QString& path : paths) urls << QUrl::fromLocalFile(path);
    mime->setUrls(urls);
    return mime;
}

void StudioWindow::SetUp() {
    document = std::make_unique<studio::Document>();
    settings.model = QStringLiteral("mini-autoencoder");  // the quickest
}

void StudioWindow::TearDown() {
    close();
    document.reset();
}

void StudioWindow::openWith(const studio::StartOptions& start, const std::function<void()>& onFirstFrame) {
    bool shown = false;
    m_window = std::make_unique<studio::MainWindow>(*document, start, settings);
    QObject::connect(m_window.get(), &studio::MainWindow::firstFrameShown, m_window.get(), [&] {
        shown = true;
        if (onFirstFrame) onFirstFrame();
    });
    m_window->show();
    ASSERT_TRUE(waitUntil([&] { return shown; })) << "the window never showed a frame";
}

void StudioWindow::open(const studio::StartOptions& start, bool engine) {
    openWith(start, {});
    activate(*m_window);
    if (engine) {
        ASSERT_TRUE(waitUntil([&] { return document->host.model().has_value(); }))
            << (document->host.error() ? toLine(*document->host.error()) : document->host.modelError() ? toLine(*document->host.modelError()) : "the model never opened");
    }
    settle();
}

void StudioWindow::close() {
    if (m_window) m_window->close();
    m_window.reset();
}

void StudioWindow::press(Qt::Key key, Qt::KeyboardModifiers modifiers, const QString& text) {
    keyDown(key, modifiers, text);
    keyUp(key, modifiers, text);
    settle(10);
}

bool StudioWindow::dropFiles(const QStringList& paths, Qt::KeyboardModifiers modifiers) {
    const std::unique_ptr<QMimeData> mime(filesAsMime(paths));
    return dropOn(stage(), stage().rect().center(), *mime, modifiers);
}

const ui::Cell& StudioWindow::cell(int column) const {
    return document->board.cell(document->session.currentRow(), column);
}

bool StudioWindow::rowIsAnswered() const {
    if (document->session.rows().empty()) return false;
    for (int column = 0; column < static_cast<int>(document->session.columns().size()); ++column) {
        const ui::CellState state = cell(column).state;
        if (state == ui::CellState::Waiting || state == ui::CellState::Running) return false;
    }
    return true;
}

}  // namespace tessera::test
