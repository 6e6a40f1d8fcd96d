// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <list>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include <QImage>
#include <QObject>

#include <tessera/engine.h>

namespace tessera::ui {

class EngineHost;
class Session;

/// A code of one depth.
struct DepthCode {
    int depth = 0;
    std::int32_t code = 0;
    auto operator<=>(const DepthCode&) const = default;
};

/// Pictures of codes decoded alone: a token that has one code and nothing at its other depths. A model that takes pictures of one size alone is given a
/// grid full of that token, and what stands in its middle is shown. Decoded in batches for whoever wants them, kept until there are too many. GUI thread.
class CodePictures : public QObject {
    Q_OBJECT
public:
    CodePictures(Session& session, EngineHost& host, QObject* parent = nullptr);
    ~CodePictures() override;

    /// Of the session's current model; null before it is decoded. No larger than kSide x kSide pixels.
    QImage of(DepthCode code) const;
    /// What somebody has in sight, in place of what he wanted before; an empty list wants nothing.
    void want(const void* somebody, std::vector<DepthCode> codes);
    /// Why none are decoded.
    const std::optional<Error>& error() const { return m_error; }

    static constexpr int kSide = 32;
    static constexpr std::size_t kBatch = 32;        ///< tokens decoded at once by a model that takes any size
    static constexpr std::size_t kMostKept = 16384;  ///< 4 bytes each of at most kSide x kSide: 64 MiB

Q_SIGNALS:
    void arrived();

private:
    struct Kept {
        QImage picture;
        std::uint64_t used = 0;
    };
    void schedule();
    void ask();
    std::vector<DepthCode> missing(std::size_t most, const ModelInfo& model) const;
    void take(const std::vector<DepthCode>& asked, std::uint64_t ticket, int cellSide, const Result<std::vector<Picture>>& result);
    void makeRoom();
    DepthCode keyOf(DepthCode code) const;

    Session& m_session;
    EngineHost& m_host;
    std::shared_ptr<Engine> m_engine;  ///< that the pictures are of, with the model
    ModelId m_model{};
    CodeLayout m_layout;
    mutable std::map<DepthCode, Kept> m_kept;
    mutable std::uint64_t m_clock = 0;
    std::map<const void*, std::vector<DepthCode>> m_wanted;
    std::optional<Error> m_error;
    std::uint64_t m_ticket = 0;
    Subscription m_job;
    bool m_scheduled = false;
};

}  // namespace tessera::ui
