// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include <QWidget>

#include "workspace/row.h"

namespace tessera::ui {

class CellBoard;
class EngineHost;
class Session;

/// Words for the current image, for several that are selected, or for a clip, by the current column's model: a caption, or the answer to a question, as they come. What was said stays,
/// the newest first, with the images, the question and the model that it is of, until it is cleared.
class DescribePanel : public QWidget {
    Q_OBJECT
public:
    DescribePanel(Session& session, CellBoard& board, EngineHost& host, QWidget* parent = nullptr);
    ~DescribePanel() override;

    /// The rows that are described together, in their order; without it, and where it names one, the current one.
    void setSelection(std::function<std::vector<RowId>()> rows);
    void selectionChanged();
    /// Asks; what is being said already stops.
    void describe();
    void stop();
    /// The answer that is shown, as far as it was said.
    QString text() const;
    void copy() const;  ///< that one
    /// Forgets all answers; what is being said stops.
    void clear();
    QSize sizeHint() const override { return {272, 200}; }

private:
    struct Private;
    std::unique_ptr<Private> d;
};

}  // namespace tessera::ui
