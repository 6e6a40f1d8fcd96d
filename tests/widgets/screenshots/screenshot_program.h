// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdio>
#include <fstream>
#include <functional>
#include <memory>

#include <QDir>
#include <QFileInfo>
#include <QPainter>

#include "actions.h"
#include "document.h"
#include "incoming_files.h"
#include "main_window.h"
#include "panels/stage_view.h"
#include "support/temporary_folder.h"
#include "window_events.h"

namespace tessera::test {

inline constexpr QSize kWindow{1440, 900}, kNarrow{820, 620};

/// One window with its document; every state starts from a fresh one.
class Studio {
public:
    explicit Studio(const studio::StartOptions& start = {}) : m_window(std::make_unique<studio::MainWindow>(m_document, start, studio::Settings())) {
        bool shown = false;
        QObject::connect(m_window.get(), &studio::MainWindow::firstFrameShown, m_window.get(), [&shown] { shown = true; });
        m_window->resize(kWindow);
        m_window->move(0, 0);
        m_window->show();
        waitUntil([&] { return shown; });
        activate(*m_window);
        waitUntil([this] { return m_document.host.model() || m_document.host.modelError() || m_document.host.state() == ui::EngineHost::State::Failed; });
        settle(200);
    }
    ~Studio() {
        m_window->close();
        m_window.reset();
        settle(20);
    }

    studio::MainWindow& window() { return *m_window; }
    studio::Actions& actions() { return m_window->actions(); }
    ui::Session& session() { return m_document.session; }
    ui::CellBoard& board() { return m_document.board; }
    ui::StageView& stage() { return m_window->stage(); }

    void open(const QStringList& paths) { m_window->incoming().takePaths(paths); }
    void waitForRow() {
        waitUntil([this] {
            for (int column = 0; column < static_cast<int>(session().columns().size()); ++column) {
                const ui::CellState state = board().cell(session().currentRow(), column).state;
                if (state == ui::CellState::Waiting || state == ui::CellState::Running) return false;
            }
            return true;
        });
        settle(400);
    }
    /// Every row has been shown once, so that tables and thumbnails are complete.
    void visitAllRows() {
        const ui::RowId first = session().currentRow();
        for (const ui::Row& row : session().rows()) {
            session().setCurrentRow(row.id);
            waitForRow();
        }
        session().setCurrentRow(first);
        waitForRow();
    }
    void pointAt(int column, double x, double y) {
        const QRect body = stage().cellBody(column);
        moveMouse(stage(), body.topLeft() + QPoint(int(body.width() * x), int(body.height() * y)));
    }
    /// Every cell of the board that is on screen has its answer.
    void waitForBoard() {
        settle(300);
        waitUntil([this] { return board().totals().running + board().totals().waiting == 0; });
        settle(600);
    }
    void chooseKind(int index) {
        actions().kinds->actions().at(index)->trigger();
        session().setCurrentColumn(2);
        settle(200);
    }

private:
    studio::Document m_document;
    std::unique_ptr<studio::MainWindow> m_window;
};

struct Program {
    QString folder, suffix, type = QStringLiteral("png");
    QStringList wanted;
    TemporaryFolder files;

    QStringList samples() const {
        QStringList paths;
        for (const QFileInfo& file : QDir(studio::MainWindow::resourceDirectory() + QStringLiteral("/samples")).entryInfoList({"*.jpg", "*.jpeg", "*.png", "*.webp"}, QDir::Files)) {
            paths << file.absoluteFilePath();
        }
        return paths;
    }
    QString broken() const {
        std::ofstream(files / "holiday.png") << "\x89PNG\r\n\x1a\n and then nothing that is a picture";
        return QString::fromStdString(files / "holiday.png");
    }
    QStringList many(int count) const {
        QStringList paths;
        for (int i = 0; i < count; ++i) {
            QImage image(96 + 16 * (i % 3), 96, QImage::Format_RGB888);
            QPainter painter(&image);
            QLinearGradient gradient(0, 0, 96, 96);
            gradient.setColorAt(0, QColor::fromHsv(i * 47 % 360, 160, 220));
            gradient.setColorAt(1, QColor::fromHsv((i * 47 + 60) % 360, 200, 90));
            painter.fillRect(image.rect(), gradient);
            painter.setPen(Qt::white);
            painter.setFont(QFont(QStringLiteral("Roboto"), 26));
            painter.drawText(image.rect(), Qt::AlignCenter, QString::number(i + 1));
            painter.end();
            paths << QString::fromStdString(files / ("frame_" + std::to_string(1000 + i).substr(1) + ".png"));
            image.save(paths.back());
        }
        return paths;
    }

    void save(QWidget& window, const QString& state) const {
        settle(150);
        const QString path = QStringLiteral("%1/%2%3.%4").arg(folder, state, suffix, type);
        constexpr int kQuality = 84;  // of a JPEG; a PNG has none
        const QImage image = screenPart(window, window.rect());
        if (!image.save(path, nullptr, type == u"png" ? -1 : kQuality)) std::fprintf(stderr, "screenshot_states: %s cannot be written\n", qPrintable(path));
    }
    void make(const QString& state, const std::function<void()>& draw) const {
        if (wanted.isEmpty() || wanted.contains(state)) draw();
    }
    int run();
    void makeBoards();  ///< the states of board_states.cpp
    void makeClose(const QStringList& pictures);
    void makeCodes();  ///< the states of code_states.cpp
    void makeDrawings();   ///< the states of drawing_states.cpp
    void makeTrainings();  ///< the states of train_states.cpp
};

}  // namespace tessera::test
