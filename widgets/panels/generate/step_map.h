// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>

#include "panels/generate/token_map.h"

namespace tessera {
struct GenerationStep;
}

namespace tessera::ui {

/// What the kept step that is looked at says of each token. Of a flow: the tokens themselves, as they come out of the noise, and how fast they move; of masks: what is fixed already,
/// what has just been and what is drawn again, and how sure the model was.
class StepMap : public TokenMap {
    Q_OBJECT
public:
    enum class Kind { Latents, Velocity, Masks, Confidence };

    StepMap(DrawDesk& desk, bool second, QWidget* parent = nullptr);

    Kind kind() const { return m_kind; }
    void setKind(Kind kind);
    const QImage& picture() const { return m_picture; }

protected:
    void read() override;
    void paintTokens(QPainter& painter) const override;

private:
    void offerKinds(bool masks);

    const bool m_second;  ///< of the two maps, which begin with different kinds
    Kind m_kind;
    bool m_masks = false;
    std::vector<std::uint8_t> m_again, m_fresh;  ///< of masks: what is drawn again, what is fixed since this step
    QImage m_picture;
};

/// A token of a step of masks is fixed from this step on.
bool isFresh(const GenerationStep& step, std::size_t token);
/// How many of its tokens are fixed after the step.
int fixedAfter(const GenerationStep& step);

}  // namespace tessera::ui
