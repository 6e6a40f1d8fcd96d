// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <stop_token>

#include <QObject>
#include <QThreadPool>

#include <tessera/contact_sheet.h>

namespace tessera::studio {

struct Document;

/// Writes the board as a contact sheet, all rows and columns, colours between the ends that the view gives them. The GUI thread only gathers what the cells show; a thread of its own draws
/// and writes, about 10 ms a row. The file appears whole or not at all.
class SheetExport : public QObject {
    Q_OBJECT
public:
    explicit SheetExport(const Document& document, QObject* parent = nullptr);
    /// A sheet on its way is given up.
    ~SheetExport() override;

    /// The board as it stands now; cells without a picture yet stay empty. Nothing while another sheet is on its way.
    void start(const QString& path, const SheetLook& look);
    /// finished() tells it, at the latest after the row that is being drawn.
    void cancel() { m_stop.request_stop(); }
    bool isRunning() const { return m_running; }
    int rowsDrawn() const { return m_drawn; }
    int rows() const { return m_rows; }

Q_SIGNALS:
    /// It began, or a row was drawn.
    void progressed();
    /// An empty problem is success, else one sentence.
    void finished(const QString& path, const QString& problem);

private:
    const Document& m_document;
    std::stop_source m_stop;
    QThreadPool m_pool;
    bool m_running = false;
    int m_drawn = 0, m_rows = 0;
};

}  // namespace tessera::studio
