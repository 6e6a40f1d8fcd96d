// SPDX-License-Identifier: Apache-2.0
// Tessera's own unified tokenizer over its frozen autoencoder; spec: engine/train/training.md.
#include <algorithm>

#include <c10/core/GradMode.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "device/torch_bridge.h"
#include "families/config_reader.h"
#include "families/shared_space.h"
#include "families/tessera_mini_networks.h"
#include "families/text_source.h"
#include "quantize/beam_search.h"
#include "train/held_out_figures.h"
#include "train/kept_latents.h"
#include "train/losses.h"
#include "train/moving_codebooks.h"
#include "train/new_model.h"
#include "train/recipe.h"
#include "train/related_texts.h"

namespace tessera::train {
namespace {

using at::Tensor;

constexpr double kOwnNameShare = 0.5;    // of the texts that are drawn: the picture's name, the others any of its texts
constexpr double kDrawn = 0.04;          // of the pixel range: what differs by more from its corner is part of a drawing

class TesseraMiniTrainee final : public Trainee {
public:
    TesseraMiniTrainee(const nlohmann::json& settings, const std::string& model, Parameters& parameters)
        : m_parameters(parameters),
          m_tau(numberOf(settings, "tau")),
          m_continuous(numberOf(settings, "continuous")),
          m_fitted(static_cast<std::int64_t>(numberOf(settings, "fitted_tokens"))),
          m_epsilon(numberOf(settings, "charbonnier_eps")),
          m_latent(numberOf(settings, "weights.latent")),
          m_charbonnier(numberOf(settings, "weights.charbonnier")),
          m_square(numberOf(settings, "weights.mse")),
          m_commitment(numberOf(settings, "weights.commitment")),
          m_energy(numberOf(settings, "weights.energy")),
          m_contrastive(numberOf(settings, "weights.contrastive")),
          m_local(numberOf(settings, "weights.local")),
          m_relatedWeight(numberOf(settings, "weights.related", 1)) {
        const Checkpoint checkpoint = Checkpoint::open(model);
        if (!isTesseraMini(checkpoint)) throw Failure(ErrorCode::Mismatch, "this is no tessera-mini", model, "give a folder with its config.json and model.safetensors");
        m_config = TesseraMiniConfig::detect(checkpoint);
        m_words = {.folder = checkpoint.folder(), .context = m_config.text.context};
        m_keeping = KeptSettings::read(settings, m_config.downsample());
        if (m_keeping.pictures > 0) {
            if (m_charbonnier > 0 || m_square > 0 || (restores() && understands()) || (understands() && m_keeping.window > 0)) {
                throw Failure(ErrorCode::Invalid, "what is kept has no pixels, and is for one goal at a time", "settings.kept",
                              "train with weights.latent alone (charbonnier, mse, contrastive and local 0), or with the words' weights alone and window 0, or keep none");
            }
            if (restores()) m_kept.emplace(m_keeping, m_config.autoencoder.latentChannels, TesseraAutoencoderConfig::kDownsample, m_config.patch, parameters);
            else m_keptWords.emplace(m_keeping, m_config.tokenDim(), m_config.downsample(), m_config.text.context, parameters);
        }
        if (const std::string related = settings.value("related", ""); !related.empty() && m_relatedWeight > 0) {
            if (!understands()) throw Failure(ErrorCode::Invalid, "related texts are learnt beside words, whose weights are 0", "settings.related", "give weights.contrastive or weights.local, or leave it out");
            m_related.emplace(related, static_cast<std::int64_t>(numberOf(settings, "related_pairs")), [this](const std::vector<std::string>& texts) { return paddedIds(texts); });
        }
        m_collages = static_cast<std::int64_t>(numberOf(settings, "collages", 0));
        if (m_collages != 0 && (!m_keptWords || m_local == 0)) throw Failure(ErrorCode::Invalid, "collages are of kept pictures, for words in their places", "settings.collages", "give kept and weights.local beside the words' weights alone, or leave it out");
        if (m_collages < 0 || m_collages * kInCollage > m_keeping.drawn) {
            throw Failure(ErrorCode::Invalid, "a collage is of four pictures that a step draws", "settings.collages", "write at most " + std::to_string(m_keeping.drawn / kInCollage) + ", or raise drawn");
        }
        const TesseraAutoencoderFile file = tesseraMiniFile(checkpoint);
        parameters.add("", *file.tensors, file.where);
        const std::int64_t depths = m_config.depths, size = m_config.codebookSize, dim = m_config.tokenDim();
        const Tensor& books = parameters.at("quantizer.codebooks");
        const Tensor counts = parameters.keep("codebooks.counts", at::ones({depths, size})), sums = parameters.keep("codebooks.sums", books.clone());
        TESSERA_ASSERT(books.sizes() == at::IntArrayRef({depths, size, dim}));
        m_books.emplace(MovingCodebooks::Tensors{.codewords = books, .counts = counts, .sums = sums}, MovingCodebooks::Settings{.keep = numberOf(settings, "codebook_ema"), .least = numberOf(settings, "least_used"), .beam = m_config.beam});
    }

    bool trains(std::string_view name) const override {
        if (name.starts_with("tokenizer.")) return restores();
        return understands() && (name.starts_with("semantic.") || name.starts_with("text.") || name == "logit_scale" || name == "logit_bias");
    }
    int multiple() const override { return (m_local > 0 ? 2 : 1) * m_config.downsample(); }  // quarters hold whole tokens
    bool resizes() const override { return true; }

    void complete(TensorsByName& batch, const std::vector<std::vector<std::string>>& texts, Draws& draws) const override {
        const Tensor& image = batch.at("image");
        const std::int64_t count = image.size(0), rows = image.size(2) / m_config.downsample(), columns = image.size(3) / m_config.downsample();
        batch["uniforms"] = draws.uniform({3, count});  // strength, depth, which branch
        batch["picks"] = draws.uniform({m_config.depths, m_config.codebookSize});
        batch["noise"] = draws.normal({count, m_config.tokenDim(), rows, columns});
        addTexts(batch, texts, draws);
        if (m_related) m_related->draw(batch, draws);
        if (m_keptWords && m_keeping.takes(image) && batch.contains("text_rows")) {
            batch["words.ids"] = allIds(texts, batch.at("text_rows"));
            m_keptWords->draw(batch, batch.at("text_rows").size(0), draws);
        }
        if (m_kept && m_keeping.takes(image)) {
            m_kept->draw(batch, draws);
            batch["window.uniforms"] = draws.uniform({3, m_keeping.drawn});
            batch["window.noise"] = draws.normal({m_keeping.drawn, m_config.tokenDim(), m_kept->tokens(), m_kept->tokens()});
        }
    }

    /// Held-out figures are of clean pictures and all depths.
    void settle(TensorsByName& batch) const override {
        batch["uniforms"] = at::zeros_like(batch.at("uniforms"));
        batch["uniforms"][2].fill_(1);
        std::erase_if(batch, [](const auto& each) { return each.first.starts_with("window.") || each.first.starts_with("words.") || each.first.starts_with("related."); });
    }

    void begin(const std::function<TensorsByName()>& next, bool fresh, DeviceLane& lane) override {
        fillKept(next, lane);
        if (!fresh) return;
        // A channel weighs what it does to the pixels; tokens have unit variance on the whole.
        const Tensor effects = m_parameters.at("autoencoder.decoder.patch.weight").square().sum({1, 2, 3}).sqrt();
        m_parameters.at("scale").copy_(effects);
        std::vector<Tensor> tokens;
        Tensor picks;  // [D,K]
        for (std::int64_t have = 0; have < m_fitted; have += tokens.back().size(0)) {
            ForwardPass pass(lane, 0);
            const Networks::Folding folding(weights(lane), m_config);
            const TensorsByName batch = next();
            picks = batch.at("picks");
            tokens.push_back(folding.tokens(latentsOf(batch.at("image"), lane, pass)).permute({0, 2, 3, 1}).flatten(0, 2));
        }
        Tensor all = at::cat(tokens);
        const double deviation = (all - all.mean(0)).square().mean().sqrt().item<double>();
        m_parameters.at("scale").div_(deviation);
        m_books->fit(all / deviation, picks);
    }

    Terms losses(const TensorsByName& batch, DeviceLane& lane) override {
        ForwardPass pass(lane, 0);
        const Weights w = weights(lane);
        m_picks = batch.at("picks");
        const bool windows = batch.contains("window.places");
        Tensor z = latentsOf(batch.at("image"), lane, pass);
        if (windows) {
            m_kept->put(z, batch);
            z = m_kept->windows(batch);
        }
        const Networks::Encoder encoder(w, m_config);
        const Tensor tokens = encoder(z, pass);  // [B,T,h,w]
        Terms terms;
        Tensor total;
        const auto add = [&total](const Tensor& term) { total = total.defined() ? total + term : term; };
        if (restores()) add(reconstruction(batch, windows ? "window." : "", z, tokens, w, pass, terms));
        if (understands() && batch.contains("text_ids")) add(understanding(batch, encoder, tokens, w, lane, pass, terms));
        if (batch.contains("related.places")) add(m_relatedWeight * alike(batch, w, pass, terms));
        if (!total.defined()) throw Failure(ErrorCode::Invalid, "there is nothing to train for: all weights are 0, or no picture has a text", "weights", "give a weight, or texts");
        terms.total = total;
        return terms;
    }

    void afterStep() override {
        if (restores()) m_books->move(m_picks);
        if (understands()) clampLogScale(m_parameters.at("logit_scale"));
    }

private:
    using Networks = TesseraMiniNetworks;

    bool restores() const { return m_latent > 0 || m_charbonnier > 0 || m_square > 0; }
    bool understands() const { return m_contrastive > 0 || m_local > 0; }
    Weights weights(const DeviceLane& lane) const { return m_parameters.weights("", {lane.device(), lane.precision()}); }

    /// "text_ids" [M,L] of the pictures that have texts, "text_rows" [M] which ones these are, "same" [M,M]: text j is one of picture i's.
    void addTexts(TensorsByName& batch, const std::vector<std::vector<std::string>>& texts, Draws& draws) const {
        const std::int64_t count = static_cast<std::int64_t>(texts.size());
        const Tensor uniforms = draws.uniform({2, count});
        std::vector<std::string> chosen;
        std::vector<std::int64_t> rows;
        for (std::int64_t i = 0; i < count; ++i) {
            const std::vector<std::string>& own = texts[static_cast<std::size_t>(i)];
            if (own.empty()) continue;
            const bool name = uniforms[0][i].item<double>() < kOwnNameShare;
            const auto which = static_cast<std::size_t>(uniforms[1][i].item<double>() * static_cast<double>(own.size()));
            chosen.push_back(name ? own.front() : own[std::min(which, own.size() - 1)]);
            rows.push_back(i);
        }
        if (chosen.empty() || !understands()) return;
        const std::int64_t named = static_cast<std::int64_t>(rows.size());
        Tensor same = at::zeros({named, named}, at::kBool);
        for (std::int64_t i = 0; i < named; ++i) {
            const std::vector<std::string>& own = texts[static_cast<std::size_t>(rows[static_cast<std::size_t>(i)])];
            for (std::int64_t j = 0; j < named; ++j) {
                if (std::ranges::find(own, chosen[static_cast<std::size_t>(j)]) != own.end()) same[i][j] = true;
            }
        }
        batch["text_ids"] = m_words.ids(chosen);
        batch["text_rows"] = at::tensor(rows);
        batch["same"] = same;
    }

    /// Of the frozen autoencoder.
    Tensor latentsOf(const Tensor& image, DeviceLane& lane, ForwardPass& pass) const {
        const c10::NoGradGuard still;
        const TesseraAutoencoderNetworks::Encoder encoder(weights(lane) / "autoencoder" / "encoder", m_config.autoencoder);
        return encoder((2 * image - 1).contiguous(at::MemoryFormat::ChannelsLast), pass).first;
    }

    void fillKept(const std::function<TensorsByName()>& next, DeviceLane& lane) {
        constexpr int kWithoutTexts = 100;  // batches one after the other
        int without = 0;
        for (std::int64_t have = 0; have < m_keeping.pictures;) {
            ForwardPass pass(lane, 0);
            const TensorsByName batch = next();
            const Tensor& image = batch.at("image");
            if (!m_keeping.takes(image)) throw Failure(ErrorCode::Invalid, "kept_side is not the side of the run's first pictures", "settings.kept_side", "give that of run.side or of its first stage");
            const Tensor latents = latentsOf(image, lane, pass);
            if (m_kept) {
                m_kept->fill(latents, have);
                have += latents.size(0);
            } else if (batch.contains("words.ids")) {
                const Tensor& rows = batch.at("text_rows");
                m_keptWords->fill(Networks::Encoder(weights(lane), m_config)(latents.index_select(0, rows), pass), paintedAt(image.index_select(0, rows)), batch.at("words.ids"), have);
                have += rows.size(0);
                without = 0;
            } else if (++without > kWithoutTexts) {
                throw Failure(ErrorCode::Invalid, "hardly a picture has a text to be kept with", "data", "give pictures with texts, or names = true");
            }
        }
    }

    /// Ids of all texts of the pictures in `rows`: [M,kTexts,L]; see textInPlace().
    Tensor allIds(const std::vector<std::vector<std::string>>& texts, const Tensor& rows) const {
        std::vector<std::string> all;
        for (std::int64_t i = 0; i < rows.size(0); ++i) {
            const std::vector<std::string>& own = texts[static_cast<std::size_t>(rows[i].item<std::int64_t>())];
            for (std::int64_t k = 0; k < kTexts; ++k) all.push_back(textInPlace(own, k));
        }
        return paddedIds(all).view({rows.size(0), kTexts, m_config.text.context});
    }
    Tensor paddedIds(const std::vector<std::string>& texts) const {
        TextSource whole = m_words;
        whole.padded = true;
        return whole.ids(texts);
    }
    /// Nothing behind the last end counts: [n,L] without it.
    Tensor upToTheEnd(const Tensor& ids) const { return ids.narrow(1, 0, (ids == m_config.text.endId).to(at::kInt).argmax(1).max().item<std::int64_t>() + 1); }

    /// Each picture goes one of two ways: its tokens with noise, or what its codes down to a random depth stand for. `drawn`: what begins the names of what was drawn for it.
    Tensor reconstruction(const TensorsByName& batch, const std::string& drawn, const Tensor& z, const Tensor& tokens, const Weights& w, ForwardPass& pass, Terms& terms) {
        const std::int64_t count = tokens.size(0);
        const auto uniforms = batch.at(drawn + "uniforms").unbind(0);
        const Tensor rows = tokens.permute({0, 2, 3, 1});  // [B,h,w,T]
        const ResidualCodes& found = m_books->find(rows.reshape({-1, m_config.tokenDim()}));
        Tensor commitment;
        std::vector<Tensor> byDepth;
        for (const Tensor& each : found.sums) {
            const Tensor sum = each.view_as(rows), off = (rows - sum).square().mean();
            commitment = commitment.defined() ? commitment + off : off;
            byDepth.push_back(sum);
        }
        commitment = commitment / m_config.depths;
        // Half of the pictures keep all depths.
        const Tensor cut = ((1 - uniforms[1]) * 2).clamp_max(1), depth = (cut * m_config.depths).to(at::kLong).clamp(1, m_config.depths) - 1;  // [B]
        const Tensor quantized = at::stack(byDepth).index({depth, at::arange(count)}).permute({0, 3, 1, 2});  // [B,T,h,w]
        const Tensor noisy = tokens + (m_tau * uniforms[0]).view({-1, 1, 1, 1}) * batch.at(drawn + "noise");
        const Tensor given = at::where((uniforms[2] < m_continuous).view({-1, 1, 1, 1}), noisy, tokens + (quantized - tokens).detach());

        const Networks::Decoder decoder(w, m_config);
        const Tensor decoded = decoder(given, pass);  // [B,z,2h,2w]
        const Tensor latent = (decoder.folding.tokens(decoded) - decoder.folding.tokens(z)).square().mean();
        // Without that tokens would grow until noise of a fixed strength is nothing beside them.
        const Tensor energy = at::relu(tokens.square().mean() / decoder.folding.tokens(z).square().mean() - 1);
        terms.losses.insert({{"latent", latent}, {"commitment", commitment}, {"energy", energy}});
        terms.between["codes"] = found.codes.view({count, -1, m_config.depths});
        for (const auto& [name, value] : codeFigures(found.codes)) {
            if (name.starts_with("perplexity")) terms.figures[name] = value;
        }
        Tensor total = m_latent * latent + m_commitment * commitment + m_energy * energy;
        const bool figures = !c10::GradMode::is_enabled();  // held-out pictures are looked at, whatever is trained for
        if (m_charbonnier > 0 || m_square > 0 || figures) {
            const TesseraAutoencoderNetworks::Decoder pixels(w / "autoencoder" / "decoder", m_config.autoencoder);
            const Tensor y = pixels(decoded.contiguous(at::MemoryFormat::ChannelsLast), pass), d = y - (2 * batch.at("image") - 1);
            const Tensor charbonnier = at::sqrt(d.square() + m_epsilon * m_epsilon).mean(), square = d.square().mean();
            terms.losses.insert({{"charbonnier", charbonnier}, {"mse", square}});
            terms.between["reconstruction"] = (y + 1) / 2;
            total = total + m_charbonnier * charbonnier + m_square * square;
        }
        return total;
    }

    /// Whole pictures meet their texts; tokens of four pictures in one meet theirs.
    Tensor understanding(const TensorsByName& batch, const Networks::Encoder& encoder, const Tensor& tokens, const Weights& w, DeviceLane& lane, ForwardPass& pass, Terms& terms) {
        const Networks::SharedSpace shared(w, m_config);
        const Tensor& rows = batch.at("text_rows");
        const auto textsOf = [&](const Tensor& ids) { return ofUnitLength(shared.text(ids, pass)); };
        KeptWords::Drawn drawn{.tokens = tokens.detach().index_select(0, rows), .ids = batch.at("text_ids"), .same = batch.at("same")};
        const bool kept = batch.contains("words.places");
        if (kept) {
            m_keptWords->put(drawn.tokens, paintedAt(batch.at("image").index_select(0, rows)), batch);
            drawn = m_keptWords->drawn(batch, kOwnNameShare);
            drawn.ids = upToTheEnd(drawn.ids);
        }
        const Tensor texts = textsOf(drawn.ids);                                                             // [M,E]
        const Tensor images = ofUnitLength(Networks::SharedSpace::pooled(shared.dense(drawn.tokens, pass)));  // [M,E]
        const Tensor contrastive = pairwiseSigmoid(pairLogits(images, texts, shared.logitScale, shared.logitBias), drawn.same);
        terms.losses["contrastive"] = contrastive;
        terms.between.insert({{"image_embedding", images}, {"text_embedding", texts}});
        Tensor total = m_contrastive * contrastive;
        if (m_local == 0) return total;
        Collages seen;
        if (kept && m_collages > 0) seen += ofKept(drawn, texts, shared, pass);
        if (rows.size(0) >= kInCollage) seen += ofNew(batch, encoder, shared, kept ? textsOf(batch.at("text_ids")) : texts, lane, pass);
        if (!seen.loss.defined()) return total;
        const Tensor local = terms.losses["local"] = seen.loss / seen.tokens.clamp_min(1);
        return total + m_local * local;
    }

    /// Texts that mean nearly the same.
    Tensor alike(const TensorsByName& batch, const Weights& w, ForwardPass& pass, Terms& terms) const {
        const Networks::SharedSpace shared(w, m_config);
        const RelatedTexts::Pairs pairs = m_related->pairs(batch);
        const auto both = ofUnitLength(shared.text(upToTheEnd(at::cat({pairs.first, pairs.second})), pass)).chunk(2);
        return terms.losses["related"] = pairwiseSigmoid(pairLogits(both[0], both[1], shared.logitScale, shared.logitBias), pairs.same);
    }

    static constexpr std::int64_t kInCollage = 4;

    /// Sums over the tokens at which something is drawn.
    struct Collages {
        Tensor loss, tokens;
        Collages& operator+=(const Collages& more) {
            loss = loss.defined() ? loss + more.loss : more.loss;
            tokens = tokens.defined() ? tokens + more.tokens : more.tokens;
            return *this;
        }
    };

    /// Four quarters each [n,2,2,C,h,w], side by side [n,C,2h,2w].
    static Tensor joined(const Tensor& quarters) { return quarters.permute({0, 3, 1, 4, 2, 5}).flatten(4, 5).flatten(2, 3); }
    /// Where pictures [n,C,h,w] differ from their corner: [n,h,w] in tokens.
    Tensor paintedAt(const Tensor& pictures) const {
        const Tensor off = (pictures - pictures.slice(2, 0, 1).slice(3, 0, 1)).abs().amax(1, true);
        return at::max_pool2d(off, m_config.downsample()).squeeze(1) > kDrawn;
    }

    /// Four new pictures at half their size side by side.
    Collages ofNew(const TensorsByName& batch, const Networks::Encoder& encoder, const Networks::SharedSpace& shared, const Tensor& texts, DeviceLane& lane, ForwardPass& pass) const {
        const Tensor& rows = batch.at("text_rows");
        const std::int64_t count = rows.size(0) / kInCollage, pictures = count * kInCollage;
        const Tensor small = at::avg_pool2d(batch.at("image").index_select(0, rows.narrow(0, 0, pictures)), 2);
        const Tensor painted = paintedAt(small).unflatten(0, {count, 2, 2}).unsqueeze(3);
        Tensor tokens;
        {
            const c10::NoGradGuard still;
            tokens = encoder(latentsOf(joined(small.unflatten(0, {count, 2, 2})), lane, pass), pass);
        }
        return ofCollages(tokens, joined(painted).squeeze(1), texts.narrow(0, 0, pictures), batch.at("same"), shared, pass);
    }
    /// Four kept pictures' tokens side by side.
    Collages ofKept(const KeptWords::Drawn& drawn, const Tensor& texts, const Networks::SharedSpace& shared, ForwardPass& pass) const {
        const std::int64_t pictures = m_collages * kInCollage;
        const auto quarters = [&](const Tensor& each) { return each.narrow(0, 0, pictures).unflatten(0, {m_collages, 2, 2}); };
        return ofCollages(joined(quarters(drawn.tokens)), joined(quarters(drawn.painted).unsqueeze(3)).squeeze(1), texts.narrow(0, 0, pictures), drawn.same, shared, pass);
    }

    /// What is drawn in a quarter says that quarter's text and none of the other three. tokens [n,T,r,c], painted [n,r,c], texts [4n,E], same: begins with the [4n,4n] of these texts.
    static Collages ofCollages(const Tensor& tokens, const Tensor& painted, const Tensor& texts, const Tensor& same, const Networks::SharedSpace& shared, ForwardPass& pass) {
        const std::int64_t count = tokens.size(0);
        const Tensor dense = ofUnitLength(shared.dense(tokens, pass).permute({0, 2, 3, 1}));  // [n,r,c,E]
        const Tensor logits = at::exp(shared.logitScale) * at::einsum("nrce,nke->nrck", {dense, texts.view({count, kInCollage, -1})}) + shared.logitBias;  // [n,r,c,4]
        const std::int64_t r = dense.size(1), c = dense.size(2);
        const Tensor quarter = (at::arange(r).ge(r / 2).to(at::kLong) * 2).unsqueeze(1) + at::arange(c).ge(c / 2).to(at::kLong).unsqueeze(0);  // [r,c]
        std::vector<Tensor> each;
        for (std::int64_t n = 0; n < count; ++n) each.push_back(same.narrow(0, n * kInCollage, kInCollage).narrow(1, n * kInCollage, kInCollage));
        const Tensor wanted = at::stack(each).index_select(1, quarter.flatten()).unflatten(1, {r, c});  // [n,r,c,4]
        const Tensor losses = -at::log_sigmoid(at::where(wanted, logits, -logits)).sum(-1), weight = painted.to(at::kFloat);  // [n,r,c]
        return {.loss = (losses * weight).sum(), .tokens = weight.sum()};
    }

    Parameters& m_parameters;
    double m_tau, m_continuous;
    std::int64_t m_fitted;  ///< tokens that codebooks start from
    double m_epsilon, m_latent, m_charbonnier, m_square, m_commitment, m_energy, m_contrastive, m_local, m_relatedWeight;
    TesseraMiniConfig m_config;
    TextSource m_words;
    KeptSettings m_keeping;
    std::int64_t m_collages = 0;  ///< of kept pictures, in a step
    std::optional<KeptLatents> m_kept;  ///< of what is kept at most one
    std::optional<KeptWords> m_keptWords;
    std::optional<RelatedTexts> m_related;
    std::optional<MovingCodebooks> m_books;
    Tensor m_picks;  ///< [D,K] of the last pass
};

constexpr int kWidest = 1 << 16;

void create(NewModel& model) {
    const std::filesystem::path from = model.path("autoencoder");
    if (!model.hasConfigs()) {
        const ConfigReader make = model.table({"autoencoder", "vocabulary", "patch", "encoder", "decoder", "semantic", "quantizer", "text"});
        if (from.empty()) make.refuse("model.make.autoencoder names the autoencoder that tokens are over, and is not there");
        nlohmann::json autoencoder = Checkpoint::jsonOf(from / "config.json");
        for (const char* key : {"format", "version", "quantizer", "weights_of"}) autoencoder.erase(key);
        const std::vector<std::string> pieces = model.vocabulary();
        const auto end = std::ranges::find(pieces, "[SEP]");
        if (end == pieces.end()) make.refuse("the vocabulary has no [SEP]");
        nlohmann::json config{{"format", "tessera-mini"}, {"version", 1}, {"autoencoder", autoencoder}, {"patch", make.integer("patch", 2, 1, 16)}};
        struct Part {
            const char *name, *own;  ///< table, and the key that it alone has
            int least, most;
        };
        for (const Part& part : {Part{"encoder", nullptr, 0, 0}, Part{"decoder", nullptr, 0, 0}, Part{"semantic", "embedding", 1, kWidest}, Part{"text", "context", 3, 1 << 14}}) {
            std::vector<std::string> keys{"layers", "width", "heads", "hidden"};
            if (part.own) keys.emplace_back(part.own);
            const ConfigReader table = model.table(keys, part.name);
            for (const std::string& key : keys) {
                const bool own = part.own && key == part.own;
                config[part.name][key] = table.integer(key, own ? part.least : 0, own ? part.most : kWidest);
            }
        }
        config["text"]["vocabulary"] = pieces.size();
        config["text"]["end"] = end - pieces.begin();
        const ConfigReader quantizer = model.table({"depths", "codebook_size", "beam"}, "quantizer");
        config["quantizer"] = {{"depths", quantizer.integer("depths", 1, 64)}, {"codebook_size", quantizer.integer("codebook_size", 1, 1 << 20)}, {"beam", quantizer.integer("beam", 1, 1, kWidestBeam)}};
        model.write("config.json", config);
        model.writeTokenizer("", pieces, config["text"]["context"]);
        nlohmann::json tokenizer = model.config("tokenizer.json");
        const auto special = [](const char* name) { return nlohmann::json{{"SpecialToken", {{"id", name}, {"type_id", 0}}}}; };
        const nlohmann::json text{{"Sequence", {{"id", "A"}, {"type_id", 0}}}};
        const nlohmann::json mark{{"id", "[SEP]"}, {"ids", {end - pieces.begin()}}, {"tokens", {"[SEP]"}}};
        tokenizer["post_processor"] = {{"type", "TemplateProcessing"}, {"single", {text, special("[SEP]")}}, {"pair", {text, special("[SEP]")}}, {"special_tokens", {{"[SEP]", mark}}}};
        model.write("tokenizer.json", tokenizer);
    }
    const TesseraMiniConfig config = TesseraMiniConfig::read(ConfigReader(model.config("config.json"), (model.folder() / "config.json").string()));
    const Weights wanted = Weights::wanted();
    TesseraMiniNetworks::Encoder(wanted, config);
    TesseraMiniNetworks::Decoder(wanted, config);
    TesseraMiniNetworks::SharedSpace(wanted, config);
    TesseraMiniNetworks::codebooks(wanted, config);
    // What the stacks add to tokens is nothing at first: a token is its latents.
    std::map<std::string, double> fixed{{"logit_scale", std::log(10.0)}, {"logit_bias", -10.0}};
    for (const char* stack : {"encoder", "decoder"}) fixed["tokenizer." + std::string(stack) + ".out.weight"] = 0;
    TensorsByName tensors = newTensors(wanted.wantedShapes(), model.draws(), std::max(config.decoder.layers, config.semantic.layers), fixed);
    const Checkpoint autoencoder = Checkpoint::open(from);
    const auto file = findTesseraAutoencoder(autoencoder);
    if (!file) throw Failure(ErrorCode::Mismatch, "this is no autoencoder of Tessera's own", from.string(), "name one in model.make.autoencoder");
    for (const auto& [name, stored] : *file->tensors) {
        if (!name.starts_with("quantizer.")) tensors["autoencoder." + name] = tensorFromStored(stored).to(at::kFloat);
    }
    writeTensors(model.folder() / "model.safetensors", tensors);
}

}  // namespace

extern const Recipe kTesseraMiniRecipe{.name = "tessera_mini",
                                       .make = makeTrainee<TesseraMiniTrainee>,
                                       .create = create,
                                       .settings = {"tau", "continuous", "fitted_tokens", "charbonnier_eps", "codebook_ema", "least_used", "kept", "kept_side", "drawn", "window", "collages", "related", "related_pairs",
                                                    "weights.latent", "weights.charbonnier", "weights.mse", "weights.commitment", "weights.energy",
                                                    "weights.contrastive", "weights.local", "weights.related"}};

}  // namespace tessera::train
