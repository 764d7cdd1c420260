/*
 * libsignet for C++17: RAII handles over signet.h, header-only.
 *
 * Each class owns one handle and is move-only. What fails throws signet::error,
 * which carries the status and the message. Texts and bytes go in as
 * std::string_view and come out as views into the object they came from.
 * There is no logic here: everything is one call of the C ABI.
 */
#ifndef SIGNET_HPP
#define SIGNET_HPP

#include <array>
#include <cstdint>
#include <exception>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "signet.h"

namespace signet {

/* What went wrong: a status, a message, and where. */
class error : public std::exception {
 public:
  error(signet_status status, std::string message, std::optional<std::uint64_t> position,
        std::uint32_t line = 0, std::uint32_t column = 0)
      : status_(status),
        message_(std::move(message)),
        position_(position),
        line_(line),
        column_(column) {}

  signet_status status() const noexcept { return status_; }
  /* The byte offset or index the error is about, if there is one. */
  std::optional<std::uint64_t> position() const noexcept { return position_; }
  /* The place in a document that people write, from 1; 0 if there is none. */
  std::uint32_t line() const noexcept { return line_; }
  std::uint32_t column() const noexcept { return column_; }
  const char *what() const noexcept override { return message_.c_str(); }

 private:
  signet_status status_;
  std::string message_;
  std::optional<std::uint64_t> position_;
  std::uint32_t line_, column_;
};

namespace detail {

template <auto Free>
struct deleter {
  template <typename T>
  void operator()(T *handle) const noexcept {
    Free(handle);
  }
};

template <typename T, auto Free>
using handle = std::unique_ptr<T, deleter<Free>>;

inline const std::uint8_t *bytes(std::string_view text) {
  return reinterpret_cast<const std::uint8_t *>(text.data());
}

inline std::string_view view(const std::uint8_t *data, std::size_t len) {
  return {reinterpret_cast<const char *>(data), data ? len : 0};
}

/* What a function whose last argument is the length answers with a view. */
template <typename Function, typename... Args>
std::optional<std::string_view> optional_view_of(Function function, Args... args) noexcept {
  std::size_t len = 0;
  const std::uint8_t *data = function(args..., &len);
  if (!data) return std::nullopt;
  return view(data, len);
}

template <typename Function, typename... Args>
std::string_view view_of(Function function, Args... args) noexcept {
  return optional_view_of(function, args...).value_or(std::string_view());
}

[[noreturn]] inline void raise(signet_status status, signet_error *raw) {
  handle<signet_error, signet_error_free> owned(raw);
  std::size_t len = 0;
  const std::uint8_t *text = signet_error_message(raw, &len);
  std::string message(text ? std::string(view(text, len)) : signet_status_name(status));
  const std::uint64_t position = signet_error_position(raw);
  throw error(status, std::move(message),
              position == SIGNET_NO_POSITION ? std::nullopt : std::optional(position),
              signet_error_line(raw), signet_error_column(raw));
}

/* Calls a function of the C ABI whose last argument is the error. */
template <typename... Params, typename... Args>
void call(signet_status (*function)(Params...), Args &&...args) {
  signet_error *raw = nullptr;
  const signet_status status = function(std::forward<Args>(args)..., &raw);
  if (status != SIGNET_OK) raise(status, raw);
}

}  // namespace detail

/* Bytes that the library made. */
class buffer {
 public:
  explicit buffer(signet_buffer *owned) : handle_(owned) {}
  std::string_view view() const noexcept {
    std::size_t len = 0;
    const std::uint8_t *data = signet_buffer_data(handle_.get(), &len);
    return detail::view(data, len);
  }
  std::string str() const { return std::string(view()); }

 private:
  detail::handle<signet_buffer, signet_buffer_free> handle_;
};

class public_key {
 public:
  explicit public_key(signet_public_key *owned) : handle_(owned) {}

  /* "ed25519:<base64>", bare base64, or did:key. */
  static public_key parse(std::string_view text) {
    signet_public_key *raw = nullptr;
    detail::call(signet_public_key_parse, detail::bytes(text), text.size(), &raw);
    return public_key(raw);
  }
  static public_key from_bytes(const std::array<std::uint8_t, SIGNET_PUBLIC_KEY_LEN> &bytes) {
    signet_public_key *raw = nullptr;
    detail::call(signet_public_key_from_bytes, bytes.data(), &raw);
    return public_key(raw);
  }

  std::array<std::uint8_t, SIGNET_PUBLIC_KEY_LEN> bytes() const {
    std::array<std::uint8_t, SIGNET_PUBLIC_KEY_LEN> out{};
    detail::call(signet_public_key_bytes, get(), out.data());
    return out;
  }
  /* `form` is a SIGNET_KEY_TEXT_... constant. */
  std::string_view text(std::int32_t form = SIGNET_KEY_TEXT_PREFIXED) const noexcept {
    std::size_t len = 0;
    const std::uint8_t *data = signet_public_key_text(get(), form, &len);
    return detail::view(data, len);
  }
  /* Throws unless the signature verifies. */
  void verify(std::string_view message,
              const std::array<std::uint8_t, SIGNET_SIGNATURE_LEN> &signature) const {
    detail::call(signet_public_key_verify, get(), detail::bytes(message), message.size(),
                 signature.data());
  }
  const signet_public_key *get() const noexcept { return handle_.get(); }

 private:
  detail::handle<signet_public_key, signet_public_key_free> handle_;
};

class keypair {
 public:
  using signature = std::array<std::uint8_t, SIGNET_SIGNATURE_LEN>;
  /* Signs for a key whose secret is elsewhere; must not throw. */
  using signer = std::function<std::optional<signature>(std::string_view message)>;

  explicit keypair(signet_keypair *owned) : handle_(owned) {}

  static keypair generate() {
    signet_keypair *raw = nullptr;
    detail::call(signet_keypair_generate, &raw);
    return keypair(raw);
  }
  /* A 32-byte seed, or 64 bytes: seed and public key. */
  static keypair from_secret(std::string_view secret) {
    signet_keypair *raw = nullptr;
    detail::call(signet_keypair_from_secret, detail::bytes(secret), secret.size(), &raw);
    return keypair(raw);
  }
  static keypair from_signer(const public_key &key, signer sign) {
    signet_keypair *raw = nullptr;
    auto owned = std::make_unique<signer>(std::move(sign));
    /* The library frees the signer, also when the call fails. */
    detail::call(signet_keypair_from_signer, key.get(), &keypair::call_signer,
                 static_cast<void *>(owned.release()), &keypair::free_signer, &raw);
    return keypair(raw);
  }

  signet::public_key public_key() const {
    signet_public_key *raw = nullptr;
    detail::call(signet_keypair_public_key, get(), &raw);
    return signet::public_key(raw);
  }
  signature sign(std::string_view message) const {
    signature out{};
    detail::call(signet_keypair_sign, get(), detail::bytes(message), message.size(), out.data());
    return out;
  }
  const signet_keypair *get() const noexcept { return handle_.get(); }

 private:
  static std::int32_t call_signer(const std::uint8_t *message, std::size_t len,
                                  std::uint8_t *signature_out, void *user_data) noexcept {
    try {
      const auto made = (*static_cast<signer *>(user_data))(detail::view(message, len));
      if (!made) return 1;
      for (std::size_t i = 0; i < made->size(); ++i) signature_out[i] = (*made)[i];
      return 0;
    } catch (...) {
      return 2;
    }
  }
  static void free_signer(void *user_data) noexcept { delete static_cast<signer *>(user_data); }

  detail::handle<signet_keypair, signet_keypair_free> handle_;
};

/* Keys that are trusted, each within its time. */
class trust_bundle {
 public:
  explicit trust_bundle(signet_trust_bundle *owned) : handle_(owned) {}

  static trust_bundle parse(std::string_view text, std::int32_t format = SIGNET_FORMAT_ANY) {
    signet_trust_bundle *raw = nullptr;
    detail::call(signet_trust_bundle_parse, detail::bytes(text), text.size(), format, &raw);
    return trust_bundle(raw);
  }

  std::string_view json() const noexcept { return detail::view_of(signet_trust_bundle_json, get()); }
  /* `field` is a SIGNET_TRUST_BUNDLE_... constant. */
  std::optional<std::string_view> text(std::int32_t field) const noexcept {
    return detail::optional_view_of(signet_trust_bundle_text, get(), field);
  }
  /* Throws unless the key is trusted for the section at the time. */
  void check(std::int32_t section, const public_key &key,
             std::int64_t at_unix_ms = SIGNET_NOW) const {
    detail::call(signet_trust_bundle_check, get(), section, key.get(), at_unix_ms);
  }
  /* A JSON array; see signet_trust_bundle_list(). */
  std::string list(std::int32_t section = SIGNET_SECTION_ALL,
                   std::int64_t at_unix_ms = SIGNET_NOW) const {
    signet_buffer *raw = nullptr;
    detail::call(signet_trust_bundle_list, get(), section, at_unix_ms, &raw);
    return buffer(raw).str();
  }
  const signet_trust_bundle *get() const noexcept { return handle_.get(); }

 private:
  detail::handle<signet_trust_bundle, signet_trust_bundle_free> handle_;
};

/* Agents that may have signed; what else is trusted is in signet_verify_options. */
class key_list {
 public:
  key_list() = default;
  key_list(std::initializer_list<const public_key *> keys) {
    for (const public_key *key : keys) raw_.push_back(key->get());
  }
  explicit key_list(const std::vector<const public_key *> &keys) {
    for (const public_key *key : keys) raw_.push_back(key->get());
  }
  const signet_public_key *const *data() const noexcept { return raw_.data(); }
  std::size_t size() const noexcept { return raw_.size(); }

 private:
  std::vector<const signet_public_key *> raw_;
};

class policy;
class decision;

class receipt {
 public:
  explicit receipt(signet_receipt *owned) : handle_(owned) {}

  static receipt sign(const keypair &key, std::string_view action, std::string_view name,
                      std::string_view owner = {},
                      const signet_sign_options *options = nullptr) {
    signet_receipt *raw = nullptr;
    detail::call(signet_receipt_sign, key.get(), detail::bytes(action), action.size(),
                 detail::bytes(name), name.size(), detail::bytes(owner), owner.size(), options,
                 &raw);
    return receipt(raw);
  }
  /* The call and its response in one (version 2). `outcome` is JSON or empty. */
  static receipt sign_compound(const keypair &key, std::string_view action,
                               std::string_view response, std::string_view requested_at,
                               std::string_view responded_at, std::string_view name,
                               std::string_view owner = {}, std::string_view outcome = {},
                               const signet_sign_options *options = nullptr) {
    signet_receipt *raw = nullptr;
    detail::call(signet_receipt_sign_compound, key.get(), detail::bytes(action), action.size(),
                 detail::bytes(response), response.size(), detail::bytes(outcome), outcome.size(),
                 detail::bytes(requested_at), requested_at.size(), detail::bytes(responded_at),
                 responded_at.size(), detail::bytes(name), name.size(), detail::bytes(owner),
                 owner.size(), options, &raw);
    return receipt(raw);
  }
  /* On the authority of a chain, a JSON array of delegations (version 4). */
  static receipt sign_authorized(const keypair &key, std::string_view action,
                                 std::string_view name, std::string_view chain,
                                 const signet_sign_options *options = nullptr) {
    signet_receipt *raw = nullptr;
    detail::call(signet_receipt_sign_authorized, key.get(), detail::bytes(action), action.size(),
                 detail::bytes(name), name.size(), detail::bytes(chain), chain.size(), options,
                 &raw);
    return receipt(raw);
  }
  /* Throws unless the policy allows it; see also policy::sign(). */
  static receipt sign_with_policy(const keypair &key, std::string_view action,
                                  std::string_view name, std::string_view owner,
                                  const policy &under, const signet_sign_options *options = nullptr);

  static receipt parse(std::string_view json, const signet_parse_options *options = nullptr) {
    signet_receipt *raw = nullptr;
    detail::call(signet_receipt_parse, detail::bytes(json), json.size(), options, &raw);
    return receipt(raw);
  }

  /* A server puts its name under it (version 3). `outcome` is JSON or empty. */
  receipt co_sign(const keypair &server, std::string_view response, std::string_view name,
                  std::string_view outcome = {},
                  const signet_co_sign_options *options = nullptr) const {
    signet_receipt *raw = nullptr;
    detail::call(signet_receipt_co_sign, server.get(), get(), detail::bytes(response),
                 response.size(), detail::bytes(outcome), outcome.size(), detail::bytes(name),
                 name.size(), options, &raw);
    return receipt(raw);
  }

  /* Throws unless trusted keys signed it and everything in it holds. */
  void verify(const key_list &trusted, const signet_verify_options *options = nullptr) const {
    detail::call(signet_receipt_verify, get(), trusted.data(), trusted.size(), options);
  }
  void verify(const std::vector<const public_key *> &trusted,
              const signet_verify_options *options = nullptr) const {
    verify(key_list(trusted), options);
  }
  void verify(const public_key &trusted, const signet_verify_options *options = nullptr) const {
    verify(key_list{&trusted}, options);
  }
  /* The same, and who signed, as JSON; see signet_receipt_verify_signers(). */
  std::string verify_signers(const key_list &trusted,
                             const signet_verify_options *options = nullptr) const {
    signet_buffer *raw = nullptr;
    detail::call(signet_receipt_verify_signers, get(), trusted.data(), trusted.size(), options,
                 &raw);
    return buffer(raw).str();
  }
  /* Throws unless the receipt speaks of this response. */
  void check_response(std::string_view response) const {
    detail::call(signet_receipt_check_response, get(), detail::bytes(response), response.size(),
                 static_cast<const signet_parse_options *>(nullptr));
  }
  /* The agent's receipt inside one of version 3. */
  receipt agent_receipt() const {
    signet_receipt *raw = nullptr;
    detail::call(signet_receipt_agent_receipt, get(), &raw);
    return receipt(raw);
  }

  std::string_view json() const noexcept {
    std::size_t len = 0;
    const std::uint8_t *data = signet_receipt_json(get(), &len);
    return detail::view(data, len);
  }
  std::string_view params() const noexcept {
    std::size_t len = 0;
    const std::uint8_t *data = signet_receipt_params(get(), &len);
    return detail::view(data, len);
  }
  /* `field` is a SIGNET_FIELD_... constant; nothing if the receipt has none. */
  std::optional<std::string_view> text(std::int32_t field) const noexcept {
    std::size_t len = 0;
    const std::uint8_t *data = signet_receipt_text(get(), field, &len);
    if (!data) return std::nullopt;
    return detail::view(data, len);
  }
  /* The same as JSON, of any type. */
  std::optional<std::string_view> value(std::int32_t field) const noexcept {
    return detail::optional_view_of(signet_receipt_value, get(), field);
  }
  std::uint32_t version() const noexcept { return signet_receipt_version(get()); }
  /* Milliseconds since 1970-01-01T00:00:00Z. */
  std::int64_t unix_ms() const {
    std::int64_t out = 0;
    detail::call(signet_receipt_time, get(), &out);
    return out;
  }
  /* The same of the response; throws where the receipt speaks of none. */
  std::int64_t response_unix_ms() const {
    std::int64_t out = 0;
    detail::call(signet_receipt_response_time, get(), &out);
    return out;
  }
  const signet_receipt *get() const noexcept { return handle_.get(); }

 private:
  detail::handle<signet_receipt, signet_receipt_free> handle_;
};

/* What a policy says about one call. */
class decision {
 public:
  explicit decision(signet_decision *owned) : handle_(owned) {}

  /* A SIGNET_VERDICT_... constant. */
  std::int32_t verdict() const noexcept { return signet_decision_verdict(get()); }
  bool allowed() const noexcept { return verdict() == SIGNET_VERDICT_ALLOW; }
  /* Throws unless the call is allowed. */
  void require_allowed() const { detail::call(signet_decision_require_allowed, get()); }
  std::string_view json() const noexcept { return detail::view_of(signet_decision_json, get()); }
  std::string_view reason() const noexcept {
    return detail::view_of(signet_decision_reason, get());
  }
  /* Only if the call is allowed. */
  std::optional<std::string_view> attestation() const noexcept {
    return detail::optional_view_of(signet_decision_attestation, get());
  }
  /* Only if it is not: what to append to the log. */
  std::optional<std::string_view> violation() const noexcept {
    return detail::optional_view_of(signet_decision_violation, get());
  }
  const signet_decision *get() const noexcept { return handle_.get(); }

 private:
  detail::handle<signet_decision, signet_decision_free> handle_;
};

/* Decides before signing, and counts for its rate limits. */
class policy {
 public:
  explicit policy(signet_policy *owned) : handle_(owned) {}

  /* `previous`, if given, is replaced: its counts go on. */
  static policy parse(std::string_view text, std::int32_t format = SIGNET_FORMAT_ANY,
                      const policy *previous = nullptr) {
    signet_policy *raw = nullptr;
    detail::call(signet_policy_parse, detail::bytes(text), text.size(), format,
                 previous ? previous->get() : nullptr, &raw);
    return policy(raw);
  }

  std::string_view json() const noexcept { return detail::view_of(signet_policy_json, get()); }
  std::string_view hash() const noexcept { return detail::view_of(signet_policy_hash, get()); }
  /* `flags` is 0 or SIGNET_EVALUATE_DRY_RUN. */
  decision evaluate(std::string_view action, std::string_view agent,
                    std::int64_t at_unix_ms = SIGNET_NOW, std::uint32_t flags = 0) const {
    signet_decision *raw = nullptr;
    detail::call(signet_policy_evaluate, get(), detail::bytes(action), action.size(),
                 detail::bytes(agent), agent.size(), at_unix_ms, flags, &raw);
    return decision(raw);
  }
  /* The decision, and the receipt if it allows; throws for anything else. */
  std::pair<decision, std::optional<receipt>> sign(
      const keypair &key, std::string_view action, std::string_view name,
      std::string_view owner = {}, const signet_sign_options *options = nullptr) const {
    signet_receipt *signed_receipt = nullptr;
    signet_decision *decided = nullptr;
    signet_error *raw = nullptr;
    const signet_status status = signet_receipt_sign_with_policy(
        key.get(), detail::bytes(action), action.size(), detail::bytes(name), name.size(),
        detail::bytes(owner), owner.size(), get(), options, &signed_receipt, &decided, &raw);
    decision ruling(decided);
    if (status == SIGNET_OK) return {std::move(ruling), receipt(signed_receipt)};
    if (status != SIGNET_ERR_POLICY_DENIED && status != SIGNET_ERR_APPROVAL_REQUIRED)
      detail::raise(status, raw);
    signet_error_free(raw);
    return {std::move(ruling), std::nullopt};
  }
  const signet_policy *get() const noexcept { return handle_.get(); }

 private:
  detail::handle<signet_policy, signet_policy_free> handle_;
};

inline receipt receipt::sign_with_policy(const keypair &key, std::string_view action,
                                         std::string_view name, std::string_view owner,
                                         const policy &under, const signet_sign_options *options) {
  auto [ruling, signed_receipt] = under.sign(key, action, name, owner, options);
  ruling.require_allowed();
  return std::move(*signed_receipt);
}

/* One key lets another act within a scope. */
class delegation {
 public:
  explicit delegation(signet_delegation *owned) : handle_(owned) {}

  /* `scope` is {"tools", "targets", "max_depth", "expires"?}. */
  static delegation sign(const keypair &key, std::string_view name, const public_key &delegate,
                         std::string_view delegate_name, std::string_view scope,
                         const signet_delegation_options *options = nullptr) {
    signet_delegation *raw = nullptr;
    detail::call(signet_delegation_sign, key.get(), detail::bytes(name), name.size(),
                 delegate.get(), detail::bytes(delegate_name), delegate_name.size(),
                 detail::bytes(scope), scope.size(), options, &raw);
    return delegation(raw);
  }
  static delegation parse(std::string_view json, const signet_parse_options *options = nullptr) {
    signet_delegation *raw = nullptr;
    detail::call(signet_delegation_parse, detail::bytes(json), json.size(), options, &raw);
    return delegation(raw);
  }

  /* Throws unless it holds at the time of the options. */
  void verify(const signet_verify_options *options = nullptr) const {
    detail::call(signet_delegation_verify, get(), options);
  }
  std::string_view json() const noexcept { return detail::view_of(signet_delegation_json, get()); }
  /* `field` is a SIGNET_DELEGATION_... constant. */
  std::optional<std::string_view> text(std::int32_t field) const noexcept {
    return detail::optional_view_of(signet_delegation_text, get(), field);
  }
  const signet_delegation *get() const noexcept { return handle_.get(); }

 private:
  detail::handle<signet_delegation, signet_delegation_free> handle_;
};

/* The chain of delegations, root first, as JSON. */
inline std::string join_chain(const std::vector<const delegation *> &links) {
  std::vector<const signet_delegation *> raw;
  raw.reserve(links.size());
  for (const delegation *link : links) raw.push_back(link->get());
  signet_buffer *out = nullptr;
  detail::call(signet_chain_join, raw.data(), raw.size(), &out);
  return buffer(out).str();
}

/* Throws unless the chain leads from a root to its end, and answers the scope. */
inline std::string verify_chain(std::string_view chain, const key_list &roots,
                                const signet_verify_options *options = nullptr) {
  signet_buffer *out = nullptr;
  detail::call(signet_chain_verify, detail::bytes(chain), chain.size(), roots.data(), roots.size(),
               options, &out);
  return buffer(out).str();
}

/* Named identities on disk. */
class keystore {
 public:
  explicit keystore(std::string_view home, const signet_keystore_options *options = nullptr) {
    signet_keystore *raw = nullptr;
    detail::call(signet_keystore_open, detail::bytes(home), home.size(), options, &raw);
    handle_.reset(raw);
  }

  /* An empty passphrase only with SIGNET_KEY_UNENCRYPTED in `flags`. */
  keypair create(std::string_view name, std::string_view owner, std::string_view passphrase,
                 std::uint32_t flags = 0) const {
    signet_keypair *raw = nullptr;
    detail::call(signet_keystore_create, get(), detail::bytes(name), name.size(),
                 detail::bytes(owner), owner.size(), detail::bytes(passphrase), passphrase.size(),
                 flags, &raw);
    return keypair(raw);
  }
  keypair load(std::string_view name, std::string_view passphrase = {}) const {
    signet_keypair *raw = nullptr;
    detail::call(signet_keystore_load, get(), detail::bytes(name), name.size(),
                 detail::bytes(passphrase), passphrase.size(), &raw);
    return keypair(raw);
  }
  signet::public_key public_key(std::string_view name) const {
    signet_public_key *raw = nullptr;
    detail::call(signet_keystore_public_key, get(), detail::bytes(name), name.size(), &raw);
    return signet::public_key(raw);
  }
  void change_passphrase(std::string_view name, std::string_view current, std::string_view next,
                         std::uint32_t flags = 0) const {
    detail::call(signet_keystore_change_passphrase, get(), detail::bytes(name), name.size(),
                 detail::bytes(current), current.size(), detail::bytes(next), next.size(), flags);
  }
  void remove(std::string_view name) const {
    detail::call(signet_keystore_delete, get(), detail::bytes(name), name.size());
  }
  /* A JSON array; see signet_keystore_list(). */
  std::string list() const {
    signet_buffer *raw = nullptr;
    detail::call(signet_keystore_list, get(), &raw);
    return buffer(raw).str();
  }
  const signet_keystore *get() const noexcept { return handle_.get(); }

 private:
  detail::handle<signet_keystore, signet_keystore_free> handle_;
};

/* Seals the params of one signer's records and opens them; cannot sign. */
class params_key {
 public:
  using secret = std::array<std::uint8_t, SIGNET_PARAMS_KEY_LEN>;

  explicit params_key(const keypair &owner) {
    signet_params_key *raw = nullptr;
    detail::call(signet_params_key_derive, owner.get(), &raw);
    handle_.reset(raw);
  }
  /* Of the bytes that the signer has lent. */
  params_key(const public_key &signer, const secret &lent) {
    signet_params_key *raw = nullptr;
    detail::call(signet_params_key_from_bytes, signer.get(), lent.data(), &raw);
    handle_.reset(raw);
  }

  /* The bytes to lend; whoever has them answers for wiping them. */
  secret bytes() const {
    secret out{};
    detail::call(signet_params_key_export, get(), out.data());
    return out;
  }
  /* The record to append instead of the receipt. */
  buffer seal(std::string_view receipt) const {
    signet_buffer *raw = nullptr;
    detail::call(signet_params_key_seal, get(), detail::bytes(receipt), receipt.size(), &raw);
    return buffer(raw);
  }
  /* The receipt's JSON text, which is wiped with the buffer. */
  buffer open(std::string_view record) const {
    signet_buffer *raw = nullptr;
    detail::call(signet_params_key_open, get(), detail::bytes(record), record.size(), &raw);
    return buffer(raw);
  }
  const signet_params_key *get() const noexcept { return handle_.get(); }

 private:
  detail::handle<signet_params_key, signet_params_key_free> handle_;
};

/* Which segments of a log would be removed. */
class prune_plan {
 public:
  explicit prune_plan(signet_prune_plan *owned) : handle_(owned) {}
  std::size_t size() const noexcept { return signet_prune_plan_len(get()); }
  std::string_view json() const noexcept { return detail::view_of(signet_prune_plan_json, get()); }
  const signet_prune_plan *get() const noexcept { return handle_.get(); }

 private:
  detail::handle<signet_prune_plan, signet_prune_plan_free> handle_;
};

/* The audit log of a home folder. */
class log {
 public:
  explicit log(std::string_view home, const keypair *control_key = nullptr,
               const keypair *log_key = nullptr, const signet_log_options *options = nullptr) {
    signet_log *raw = nullptr;
    detail::call(signet_log_open, detail::bytes(home), home.size(),
                 control_key ? control_key->get() : nullptr, log_key ? log_key->get() : nullptr,
                 options, &raw);
    handle_.reset(raw);
  }

  signet_log_entry append(std::string_view record) const {
    signet_log_entry out{};
    detail::call(signet_log_append, get(), detail::bytes(record), record.size(), &out);
    return out;
  }
  signet_log_entry append(const receipt &record) const { return append(record.json()); }
  std::uint64_t size() const noexcept { return signet_log_len(get()); }
  /* The record's line, as it stands in the log. */
  std::string line(std::uint64_t index) const {
    signet_log_record *raw = nullptr;
    detail::call(signet_log_read, get(), index, &raw);
    detail::handle<signet_log_record, signet_log_record_free> owned(raw);
    std::size_t len = 0;
    const std::uint8_t *data = signet_log_record_line(raw, &len);
    return std::string(detail::view(data, len));
  }
  /* Throws the verdict unless it is OK. */
  signet_log_report verify(const signet_log_verify_options *options = nullptr) const {
    signet_log_report out{};
    detail::call(signet_log_verify, get(), nullptr, std::size_t{0}, options,
                 static_cast<signet_finding_callback>(nullptr),
                 static_cast<signet_progress_callback>(nullptr), static_cast<void *>(nullptr),
                 &out);
    return out;
  }
  /* The same of the signatures, with SIGNET_LOG_VERIFY_SIGNATURES among the flags. */
  signet_log_report verify(const key_list &trusted,
                           const signet_log_verify_options *options) const {
    signet_log_report out{};
    detail::call(signet_log_verify, get(), trusted.data(), trusted.size(), options,
                 static_cast<signet_finding_callback>(nullptr),
                 static_cast<signet_progress_callback>(nullptr), static_cast<void *>(nullptr),
                 &out);
    return out;
  }
  /* A c2sp.org/tlog-checkpoint, signed with the log key. */
  std::string checkpoint() const {
    signet_buffer *raw = nullptr;
    detail::call(signet_log_checkpoint, get(), &raw);
    return buffer(raw).str();
  }
  /* That the log continues what it was at an earlier size. */
  std::string prove_consistency(std::uint64_t old_size) const {
    signet_buffer *raw = nullptr;
    detail::call(signet_log_prove_consistency, get(), old_size, &raw);
    return buffer(raw).str();
  }
  /* A c2sp.org/tlog-proof@v1 file. */
  std::string prove(std::uint64_t index) const {
    signet_buffer *raw = nullptr;
    detail::call(signet_log_prove, get(), index, &raw);
    return buffer(raw).str();
  }
  std::string verifier_key() const {
    signet_buffer *raw = nullptr;
    detail::call(signet_log_verifier_key, get(), &raw);
    return buffer(raw).str();
  }
  /* Writes the records that a query matches as an evidence bundle into a new folder;
     answers what the exporter signed. */
  std::string write_bundle(std::string_view folder, const keypair &exporter,
                           std::string_view name, std::string_view query = {},
                           const signet_bundle_options *options = nullptr) const {
    signet_buffer *raw = nullptr;
    detail::call(signet_log_write_bundle, get(), detail::bytes(query), query.size(),
                 detail::bytes(folder), folder.size(), exporter.get(), detail::bytes(name),
                 name.size(), options, &raw);
    return buffer(raw).str();
  }
  /* Begins a new segment; false if there was none to leave. */
  bool rotate() const {
    std::int32_t rotated = 0;
    detail::call(signet_log_rotate, get(), &rotated);
    return rotated == 1;
  }
  /* Which segments of days before that of a time would be removed. */
  prune_plan plan_prune(std::int64_t before_unix_ms) const {
    signet_prune_plan *raw = nullptr;
    detail::call(signet_log_plan_prune, get(), before_unix_ms, &raw);
    return prune_plan(raw);
  }
  /* Removes them for good; answers where the record about it stands. */
  signet_log_entry prune(const prune_plan &plan) const {
    signet_log_entry out{};
    detail::call(signet_log_prune, get(), plan.get(), &out);
    return out;
  }
  /* Frees the log; throws if something could not be made durable. */
  void close() {
    detail::call(signet_log_close, get());
    handle_.reset();
  }
  const signet_log *get() const noexcept { return handle_.get(); }

 private:
  detail::handle<signet_log, signet_log_free> handle_;
};

/* Throws the verdict on the files of an audit folder unless it is OK. Keys go with
   SIGNET_LOG_VERIFY_SIGNATURES among the flags. The report is written whenever the
   verification ran. */
inline void verify_log_folder(std::string_view folder, const key_list &trusted = {},
                              const signet_log_verify_options *options = nullptr,
                              signet_log_report *report = nullptr) {
  signet_log_report out{};
  signet_error *failure = nullptr;
  const signet_status status = signet_log_verify_folder(
      detail::bytes(folder), folder.size(), trusted.data(), trusted.size(), options, nullptr,
      nullptr, nullptr, &out, &failure);
  if (report) *report = out;
  if (status != SIGNET_OK) detail::raise(status, failure);
}

using hash = std::array<std::uint8_t, SIGNET_HASH_LEN>;

/* The hash that a record's line has, computed anew. */
inline hash record_hash(std::string_view line) {
  hash out{};
  detail::call(signet_record_hash, detail::bytes(line), line.size(), out.data());
  return out;
}

/* Which record a proof is about, and of how large a log. */
struct proved {
  std::uint64_t index;
  std::uint64_t size;
};

/* Throws unless the proof leads from the record to a checkpoint by the key. */
inline proved verify_proof(std::string_view proof, const hash &record, std::string_view vkey) {
  proved out{};
  detail::call(signet_proof_verify, detail::bytes(proof), proof.size(), record.data(),
               detail::bytes(vkey), vkey.size(), &out.index, &out.size);
  return out;
}

/* Throws unless the log of the new checkpoint continues that of the old one. */
inline void verify_consistency(std::string_view old_note, std::string_view new_note,
                               std::string_view proof, std::string_view vkey) {
  detail::call(signet_consistency_verify, detail::bytes(old_note), old_note.size(),
               detail::bytes(new_note), new_note.size(), detail::bytes(proof), proof.size(),
               detail::bytes(vkey), vkey.size());
}

/* Used nonces, remembered so that nothing is accepted twice. */
class replay_store {
 public:
  explicit replay_store(signet_replay_store *owned) : handle_(owned) {}

  /* 0 means 262144 nonces. */
  static replay_store in_memory(std::uint64_t capacity = 0) {
    signet_replay_store *raw = nullptr;
    detail::call(signet_replay_store_new, capacity, &raw);
    return replay_store(raw);
  }
  /* In a file, for all processes that use it. */
  static replay_store open(std::string_view path,
                           const signet_replay_store_options *options = nullptr) {
    signet_replay_store *raw = nullptr;
    detail::call(signet_replay_store_open, detail::bytes(path), path.size(), options, &raw);
    return replay_store(raw);
  }

  /* Throws SIGNET_ERR_REPLAYED the second time. */
  void use_once(std::string_view nonce, std::uint64_t lifetime_ms,
                const public_key *signer = nullptr, std::int64_t at_unix_ms = SIGNET_NOW) const {
    detail::call(signet_replay_store_use_once, get(), signer ? signer->get() : nullptr,
                 detail::bytes(nonce), nonce.size(), lifetime_ms, at_unix_ms);
  }
  std::uint64_t size() const noexcept { return signet_replay_store_len(get()); }
  /* Writes the file that published programs read. */
  void export_published(std::int64_t at_unix_ms = SIGNET_NOW) const {
    detail::call(signet_replay_store_export, get(), at_unix_ms);
  }
  const signet_replay_store *get() const noexcept { return handle_.get(); }

 private:
  detail::handle<signet_replay_store, signet_replay_store_free> handle_;
};

/* What a verifier found: rely on it only when ok(). */
class report {
 public:
  explicit report(signet_report *owned) : handle_(owned) {}

  bool ok() const noexcept { return status() == SIGNET_OK; }
  signet_status status() const noexcept { return signet_report_status(get()); }
  /* What failed first; empty when nothing did. */
  std::string_view message() const noexcept {
    return detail::view_of(signet_report_message, get());
  }
  /* Throws what failed first. */
  void require_ok() const {
    if (!ok()) throw error(status(), std::string(message()), std::nullopt);
  }
  bool is_trusted() const noexcept { return signet_report_is_trusted(get()) == 1; }
  std::optional<std::int64_t> age_ms() const noexcept {
    const std::int64_t age = signet_report_age_ms(get());
    return age == SIGNET_NO_AGE ? std::nullopt : std::optional(age);
  }
  /* `who` is a SIGNET_PARTY_... constant, and so is `field`. */
  std::optional<std::string_view> party(std::int32_t who, std::int32_t field) const noexcept {
    return detail::optional_view_of(signet_report_party, get(), who, field);
  }
  bool party_is_trusted(std::int32_t who) const noexcept {
    return signet_report_party_is_trusted(get(), who) == 1;
  }
  /* A SIGNET_CHECK_... constant; `which` is a SIGNET_AXIS_... constant. */
  std::int32_t axis(std::int32_t which) const noexcept { return signet_report_axis(get(), which); }
  signet_status axis_status(std::int32_t which) const noexcept {
    return signet_report_axis_status(get(), which);
  }
  std::string_view axis_code(std::int32_t which) const noexcept {
    return detail::view_of(signet_report_axis_code, get(), which);
  }
  std::string_view axis_message(std::int32_t which) const noexcept {
    return detail::view_of(signet_report_axis_message, get(), which);
  }
  std::string_view json() const noexcept { return detail::view_of(signet_report_json, get()); }
  /* The receipt, once its signatures hold. */
  std::optional<signet::receipt> receipt() const {
    signet_receipt *raw = nullptr;
    detail::call(signet_report_receipt, get(), &raw);
    return raw ? std::optional<signet::receipt>(raw) : std::nullopt;
  }
  const signet_report *get() const noexcept { return handle_.get(); }

 private:
  detail::handle<signet_report, signet_report_free> handle_;
};

namespace detail {

/* Calls a function that leaves a report also when it fails; throws only when it
   leaves none. */
template <typename... Params, typename... Args>
report judge(signet_report *&raw, signet_status (*function)(Params...), Args &&...args) {
  signet_error *failure = nullptr;
  const signet_status status = function(std::forward<Args>(args)..., &failure);
  if (!raw) raise(status, failure);
  signet_error_free(failure);
  return report(raw);
}

}  // namespace detail

/* Stands in front of tools. */
class verifier {
 public:
  /* `json` as in signet_verifier_new(). */
  explicit verifier(std::string_view json, const signet_verifier_options *options = nullptr) {
    signet_verifier *raw = nullptr;
    detail::call(signet_verifier_new, detail::bytes(json), json.size(), options, &raw);
    handle_.reset(raw);
  }

  /* Make the call only when the report is ok(). Views without data mean that there are
     no arguments, and that no receipt came. */
  report check_call(std::string_view tool, std::string_view arguments, std::string_view receipt,
                    std::int64_t at_unix_ms = SIGNET_NOW,
                    const signet_check_options *options = nullptr) const {
    signet_report *raw = nullptr;
    return detail::judge(raw, signet_verifier_check_call, get(), detail::bytes(tool), tool.size(),
                         detail::bytes(arguments), arguments.size(), detail::bytes(receipt),
                         receipt.size(), at_unix_ms, options, &raw);
  }
  report check_receipt(std::string_view receipt, std::int64_t at_unix_ms = SIGNET_NOW,
                       const signet_check_options *options = nullptr) const {
    signet_report *raw = nullptr;
    return detail::judge(raw, signet_verifier_check_receipt, get(), detail::bytes(receipt),
                         receipt.size(), at_unix_ms, options, &raw);
  }
  /* Of the past, as of a time at which the receipt is known to have existed. */
  report check_evidence(std::string_view receipt, std::int64_t at_unix_ms,
                        const signet_check_options *options = nullptr) const {
    signet_report *raw = nullptr;
    return detail::judge(raw, signet_verifier_check_evidence, get(), detail::bytes(receipt),
                         receipt.size(), at_unix_ms, options, &raw);
  }
  const signet_verifier *get() const noexcept { return handle_.get(); }

 private:
  detail::handle<signet_verifier, signet_verifier_free> handle_;
};

/* A tool call that waits for its response. */
class mcp_call {
 public:
  explicit mcp_call(signet_mcp_call *owned) : handle_(owned) {}

  /* The id as it came, a JSON text; none in a notification. */
  std::optional<std::string_view> id() const noexcept {
    return detail::optional_view_of(signet_mcp_call_id, get());
  }
  signet::receipt receipt() const {
    signet_receipt *raw = nullptr;
    detail::call(signet_mcp_call_receipt, get(), &raw);
    return signet::receipt(raw);
  }
  const signet_mcp_call *get() const noexcept { return handle_.get(); }

 private:
  detail::handle<signet_mcp_call, signet_mcp_call_free> handle_;
};

/* A message with its receipts, and the calls that wait for their responses. */
class mcp_signed {
 public:
  static mcp_signed sign(const keypair &key, std::string_view message, std::string_view name,
                         std::string_view owner = {},
                         const signet_mcp_request_options *options = nullptr) {
    signet_mcp_signed *raw = nullptr;
    detail::call(signet_mcp_sign_request, key.get(), detail::bytes(message), message.size(),
                 detail::bytes(name), name.size(), detail::bytes(owner), owner.size(), options,
                 &raw);
    return mcp_signed(raw);
  }

  std::string_view message() const noexcept {
    return detail::view_of(signet_mcp_signed_message, handle_.get());
  }
  std::size_t size() const noexcept { return signet_mcp_signed_len(handle_.get()); }
  mcp_call call(std::size_t index = 0) const {
    signet_mcp_call *raw = nullptr;
    detail::call(signet_mcp_signed_call, handle_.get(), index, &raw);
    return mcp_call(raw);
  }

 private:
  explicit mcp_signed(signet_mcp_signed *owned) : handle_(owned) {}
  detail::handle<signet_mcp_signed, signet_mcp_signed_free> handle_;
};

/* A call that was judged: there is a call when the report is ok(). */
struct mcp_verified_call {
  signet::report report;
  std::optional<mcp_call> call;
};

/* One "tools/call" message as it came off the wire. */
inline mcp_verified_call verify_request(const verifier &by, std::string_view message,
                                        std::int64_t at_unix_ms = SIGNET_NOW) {
  signet_report *raw = nullptr;
  signet_mcp_call *call = nullptr;
  report found = detail::judge(raw, signet_mcp_verify_request, by.get(), detail::bytes(message),
                               message.size(), at_unix_ms, &raw, &call);
  return {std::move(found), call ? std::optional<mcp_call>(call) : std::nullopt};
}

/* Its params alone. */
inline mcp_verified_call verify_params(const verifier &by, std::string_view params,
                                       std::int64_t at_unix_ms = SIGNET_NOW) {
  signet_report *raw = nullptr;
  signet_mcp_call *call = nullptr;
  report found = detail::judge(raw, signet_mcp_verify_params, by.get(), detail::bytes(params),
                               params.size(), at_unix_ms, &raw, &call);
  return {std::move(found), call ? std::optional<mcp_call>(call) : std::nullopt};
}

/* A response that was co-signed. */
struct mcp_signed_response {
  std::string text;
  signet::receipt receipt;
  bool is_embedded;
};

namespace detail {

template <typename Function>
mcp_signed_response sign_answer(Function function, const keypair &server, const mcp_call &call_,
                                std::string_view text, std::string_view name,
                                const signet_mcp_response_options *options) {
  signet_buffer *bytes = nullptr;
  signet_receipt *receipt = nullptr;
  std::int32_t embedded = 0;
  detail::call(function, server.get(), call_.get(), detail::bytes(text), text.size(),
               detail::bytes(name), name.size(), options, &bytes, &receipt, &embedded);
  signet::receipt owned(receipt);
  return {buffer(bytes).str(), std::move(owned), embedded == 1};
}

}  // namespace detail

inline mcp_signed_response sign_response(const keypair &server, const mcp_call &call,
                                         std::string_view response, std::string_view name,
                                         const signet_mcp_response_options *options = nullptr) {
  return detail::sign_answer(signet_mcp_sign_response, server, call, response, name, options);
}

inline mcp_signed_response sign_result(const keypair &server, const mcp_call &call,
                                       std::string_view result, std::string_view name,
                                       const signet_mcp_response_options *options = nullptr) {
  return detail::sign_answer(signet_mcp_sign_result, server, call, result, name, options);
}

/* A response that was judged; its text, without the receipt, when the report is ok(). */
struct mcp_verified_response {
  signet::report report;
  std::optional<std::string> text;
};

namespace detail {

template <typename Function>
mcp_verified_response verify_answer(Function function, const verifier &by, const mcp_call &call_,
                                    std::string_view text, std::int64_t at_unix_ms) {
  signet_report *raw = nullptr;
  signet_buffer *bytes = nullptr;
  report found = judge(raw, function, by.get(), call_.get(), detail::bytes(text), text.size(),
                       at_unix_ms, &raw, &bytes);
  return {std::move(found), bytes ? std::optional(buffer(bytes).str()) : std::nullopt};
}

}  // namespace detail

/* Throws when the response carries no receipt over that call. */
inline mcp_verified_response verify_response(const verifier &by, const mcp_call &call,
                                             std::string_view response,
                                             std::int64_t at_unix_ms = SIGNET_NOW) {
  return detail::verify_answer(signet_mcp_verify_response, by, call, response, at_unix_ms);
}

inline mcp_verified_response verify_result(const verifier &by, const mcp_call &call,
                                           std::string_view result,
                                           std::int64_t at_unix_ms = SIGNET_NOW) {
  return detail::verify_answer(signet_mcp_verify_result, by, call, result, at_unix_ms);
}

/* What a gate decided about a text. */
class verdict {
 public:
  explicit verdict(signet_verdict *owned) : handle_(owned) {}

  /* A SIGNET_RULING_... constant, of the text or of one message. */
  std::int32_t ruling() const noexcept { return signet_verdict_ruling(get()); }
  std::int32_t ruling(std::size_t index) const noexcept {
    return signet_verdict_message_ruling(get(), index);
  }
  /* What to send on, and what to send back; nothing else. */
  std::optional<std::string_view> forward() const noexcept {
    return detail::optional_view_of(signet_verdict_forward, get());
  }
  std::optional<std::string_view> answer() const noexcept {
    return detail::optional_view_of(signet_verdict_answer, get());
  }
  signet_status storage_status() const noexcept { return signet_verdict_storage_status(get()); }
  std::string_view storage_message() const noexcept {
    return detail::view_of(signet_verdict_storage_message, get());
  }
  std::size_t size() const noexcept { return signet_verdict_len(get()); }
  signet_status status(std::size_t index) const noexcept {
    return signet_verdict_message_status(get(), index);
  }
  std::string_view message(std::size_t index) const noexcept {
    return detail::view_of(signet_verdict_message_text, get(), index);
  }
  std::optional<std::string_view> evaluation(std::size_t index) const noexcept {
    return detail::optional_view_of(signet_verdict_message_evaluation, get(), index);
  }
  std::optional<mcp_call> call(std::size_t index) const {
    signet_mcp_call *raw = nullptr;
    detail::call(signet_verdict_message_call, get(), index, &raw);
    return raw ? std::optional<mcp_call>(raw) : std::nullopt;
  }
  std::optional<signet::report> report(std::size_t index) const {
    signet_report *raw = nullptr;
    detail::call(signet_verdict_message_report, get(), index, &raw);
    return raw ? std::optional<signet::report>(raw) : std::nullopt;
  }
  const signet_verdict *get() const noexcept { return handle_.get(); }

 private:
  detail::handle<signet_verdict, signet_verdict_free> handle_;
};

/* Decides what goes on. */
class gate {
 public:
  /* Keeps evidence: true when it is kept. Must not throw. */
  using store = std::function<bool(const signet_evidence *evidence, std::size_t count)>;

  /* `json` as in signet_gate_new(). */
  gate(std::string_view json, const verifier *by, const keypair *key = nullptr,
       const policy *under = nullptr) {
    signet_gate *raw = nullptr;
    detail::call(signet_gate_new, detail::bytes(json), json.size(), by ? by->get() : nullptr,
                 key ? key->get() : nullptr, under ? under->get() : nullptr, &raw);
    handle_.reset(raw);
  }

  /* Without a store no evidence is kept. */
  verdict judge(std::string_view message, const store &keep = nullptr,
                std::int64_t at_unix_ms = SIGNET_NOW) const {
    signet_verdict *raw = nullptr;
    detail::call(signet_gate_judge, get(), detail::bytes(message), message.size(), at_unix_ms,
                 keep ? &gate::call_store : nullptr,
                 const_cast<void *>(static_cast<const void *>(&keep)), &raw);
    return verdict(raw);
  }
  verdict judge(std::string_view message, const log &keep,
                std::int64_t at_unix_ms = SIGNET_NOW) const {
    signet_verdict *raw = nullptr;
    detail::call(signet_gate_judge_with_log, get(), detail::bytes(message), message.size(),
                 at_unix_ms, keep.get(), &raw);
    return verdict(raw);
  }
  const signet_gate *get() const noexcept { return handle_.get(); }

 private:
  static std::int32_t call_store(const signet_evidence *evidence, std::size_t count,
                                 void *user_data) noexcept {
    return (*static_cast<const store *>(user_data))(evidence, count) ? 0 : 1;
  }
  detail::handle<signet_gate, signet_gate_free> handle_;
};

/* "sha256:" and the hash of a content, as receipts state it of responses. */
inline std::string content_hash(std::string_view content,
                                std::int32_t kind = SIGNET_CONTENT_JSON) {
  std::array<std::uint8_t, SIGNET_HASH_TEXT_LEN> out{};
  detail::call(signet_content_hash, detail::bytes(content), content.size(), kind,
               static_cast<const signet_parse_options *>(nullptr), out.data());
  return std::string(detail::view(out.data(), out.size()));
}

/* Throws the verdict on an evidence bundle unless it is OK. The report, a JSON text,
   is set whenever there is a verdict. */
inline void verify_bundle(std::string_view folder, const std::vector<const public_key *> &exporters,
                          const signet_bundle_verify_options *options = nullptr,
                          std::string *report = nullptr) {
  std::vector<const signet_public_key *> keys;
  keys.reserve(exporters.size());
  for (const public_key *key : exporters) keys.push_back(key->get());
  signet_buffer *raw = nullptr;
  signet_error *failure = nullptr;
  const signet_status status =
      signet_bundle_verify(detail::bytes(folder), folder.size(), keys.data(), keys.size(), options,
                           &raw, &failure);
  buffer owned(raw);
  if (report) *report = owned.str();
  if (status != SIGNET_OK) detail::raise(status, failure);
}

/* What opening a log would change: a JSON text. */
inline std::string plan_repair(std::string_view audit_folder) {
  signet_buffer *raw = nullptr;
  detail::call(signet_log_plan_repair, detail::bytes(audit_folder), audit_folder.size(), &raw);
  return buffer(raw).str();
}

/* The canonical form of a JSON text (RFC 8785). */
inline std::string canonicalize(std::string_view json,
                                const signet_parse_options *options = nullptr) {
  signet_buffer *raw = nullptr;
  detail::call(signet_json_canonicalize, detail::bytes(json), json.size(), options, &raw);
  return buffer(raw).str();
}

/* The SHA-256 hash of the canonical form. */
inline hash json_hash(std::string_view json, const signet_parse_options *options = nullptr) {
  hash out{};
  detail::call(signet_json_hash, detail::bytes(json), json.size(), options, out.data());
  return out;
}

/* The action of an MCP "tools/call" request, ready to sign. */
inline std::string action_from_tools_call(std::string_view request, std::string_view target,
                                          std::string_view transport = "stdio",
                                          const signet_parse_options *options = nullptr) {
  signet_buffer *raw = nullptr;
  detail::call(signet_action_from_tools_call, detail::bytes(request), request.size(),
               detail::bytes(target), target.size(), detail::bytes(transport), transport.size(),
               options, &raw);
  return buffer(raw).str();
}

}  // namespace signet

#endif  // SIGNET_HPP
