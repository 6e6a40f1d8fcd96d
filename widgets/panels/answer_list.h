// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

#include "panels/generate/row_list.h"

namespace tessera::ui {

/// What a model was asked and what it said.
struct ModelAnswer {
    QString images, question, model;  ///< names of the images; the second is empty for a caption
    QString text;                     ///< as far as it was said
    QString state;                    ///< how that went: tokens per second, "Stopped", a problem

    QString about() const;
};

/// Answers as rows, the newest first: what each is about, who gave it, how it begins. Ctrl+C is `copy`.
class AnswerList : public RowList {
public:
    AnswerList();

    void addNewest(const ModelAnswer& answer);
    /// The same row, of which more was said.
    void setRow(int row, const ModelAnswer& answer);

    std::function<void()> copy;

protected:
    bool event(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
};

}  // namespace tessera::ui
