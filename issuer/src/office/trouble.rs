//! What could not be done, in words and with a way on. None names a person.

use crate::approval::ApprovalError;
use crate::office::keys::KeysError;
use crate::office::pool::WorkError;
use crate::register::RegisterError;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use std::borrow::Cow;
use tegata_keys::SignError;

/// Why a request came to nothing.
#[derive(Clone, Debug)]
pub struct Trouble {
    /// The status.
    pub status: StatusCode,
    /// A stable word for programs.
    pub code: &'static str,
    /// In Japanese.
    pub ja: Cow<'static, str>,
    /// In English.
    pub en: Cow<'static, str>,
    /// After how many seconds it may go.
    pub retry: Option<u64>,
    /// Where to go now instead.
    pub see: Option<&'static str>,
}

impl Trouble {
    /// A trouble with that status.
    #[must_use]
    pub fn new(
        status: StatusCode,
        code: &'static str,
        ja: impl Into<Cow<'static, str>>,
        en: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { status, code, ja: ja.into(), en: en.into(), retry: None, see: None }
    }

    /// A form that was filled in wrongly.
    #[must_use]
    pub fn form(ja: impl Into<Cow<'static, str>>, en: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "not-understood", ja, en)
    }

    /// Nobody is signed in.
    #[must_use]
    pub fn sign_in() -> Self {
        let trouble = Self::new(StatusCode::UNAUTHORIZED, "sign-in", "サインインしてください。", "Sign in first.");
        Self { see: Some("/sign-in"), ..trouble }
    }

    /// The session is locked.
    #[must_use]
    pub fn locked() -> Self {
        let trouble = Self::new(
            StatusCode::UNAUTHORIZED,
            "locked",
            "しばらく操作がなかったため、画面をロックしました。",
            "Nobody was here for a while, so this is locked.",
        );
        Self { see: Some("/locked"), ..trouble }
    }

    /// The role does not allow it.
    #[must_use]
    pub fn role() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "role",
            "この操作は、お使いのアカウントの役割では行えません。必要な場合は管理者に相談してください。",
            "Your account's role does not do this. Ask the administrator if you need it.",
        )
    }

    /// The form did not come from a page of this session.
    #[must_use]
    pub fn forged() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "forged",
            "この送信は、この画面からのものと確認できませんでした。画面を開き直して、もう一度操作してください。何も変更していません。",
            "This was not sent from a page of this session. Open the page again and repeat it. Nothing was changed.",
        )
    }

    /// There is nobody, or nobody whom this station serves: the same answer for both.
    #[must_use]
    pub fn nobody() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "nobody",
            "この窓口で扱える該当者が見つかりません。検索からやり直してください。",
            "Nobody whom this counter serves was found. Search again.",
        )
    }

    /// There is no such thing.
    #[must_use]
    pub fn nothing() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "nothing",
            "見つかりません。一覧からやり直してください。",
            "There is nothing here. Go back to the list.",
        )
    }

    /// Too much at once.
    #[must_use]
    pub fn busy() -> Self {
        let trouble = Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "busy",
            "ただいま混み合っています。数秒待ってから、もう一度操作してください。何も変更していません。",
            "Too much is asked of the office at once. Wait a few seconds and try again. Nothing was changed.",
        );
        Self { retry: Some(5), ..trouble }
    }

    /// Too often.
    #[must_use]
    pub fn too_often(seconds: u64) -> Self {
        let trouble = Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too-often",
            format!("試行回数が多すぎます。{seconds} 秒待ってから、もう一度操作してください。"),
            format!("That was tried too often. Wait {seconds} seconds and try again."),
        );
        Self { retry: Some(seconds), ..trouble }
    }

    /// Something of the office's own failed.
    #[must_use]
    pub fn own(en: &impl std::fmt::Display) -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "failed",
            format!("処理できませんでした。管理者に次の内容を伝えてください： {en}"),
            format!("It could not be done. Tell the administrator: {en}"),
        )
    }
}

impl From<RegisterError> for Trouble {
    fn from(error: RegisterError) -> Self {
        if let RegisterError::Suspended { station, .. } = &error {
            return Self::new(
                StatusCode::FORBIDDEN,
                "suspended",
                format!("窓口「{station}」は停止されています。管理者と承認者が解除するまで操作できません。"),
                error.to_string(),
            );
        }
        let trouble = Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "register",
            format!(
                "台帳に接続できないか、書き込めません。少し待ってやり直し、続くときは管理者に次の内容を伝えてください： {error}"
            ),
            format!(
                "The register cannot be reached or written. Wait a little and try again; if it stays so, tell the administrator: {error}"
            ),
        );
        Self { retry: Some(10), ..trouble }
    }
}

impl From<KeysError> for Trouble {
    /// Nothing broke: the office has no such key, or nothing that vouches for its keys now.
    fn from(error: KeysError) -> Self {
        let ja = match &error {
            KeysError::NoStatusKey => {
                "この窓口システムには失効申請用の鍵が設定されていないため、失効・再有効化・訂正はできません。管理者に相談してください。何も変更していません。"
            }
            KeysError::Expired => {
                "信頼リストの期限が切れているため、交付できません。新しいリストを置くよう管理者に伝えてください。何も変更していません。"
            }
            _ => return Self::own(&error),
        };
        Self::new(StatusCode::CONFLICT, "keys", ja, format!("Nothing was changed. Tell the administrator: {error}"))
    }
}

impl From<SignError> for Trouble {
    /// Nothing was signed, and nothing that needs the signature was done.
    fn from(error: SignError) -> Self {
        let ja = match error {
            SignError::Away => {
                "署名の鍵が入ったトークンがつながっていません。サーバーのトークンを接続し直すよう管理者に伝え、もう一度操作してください。何も交付・変更していません。"
            }
            SignError::Pin => {
                "トークンが暗証番号を受け付けません。管理者に伝えてください。何も交付・変更していません。"
            }
            SignError::Failed => {
                "署名できませんでした。トークンが動いているか管理者に確かめてもらい、もう一度操作してください。何も交付・変更していません。"
            }
        };
        let en = format!("Nothing was issued or changed. Tell the administrator: {error}");
        Self { retry: Some(30), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "signing", ja, en) }
    }
}

impl From<WorkError> for Trouble {
    fn from(error: WorkError) -> Self {
        match error {
            WorkError::Busy(_) => Self::busy(),
            WorkError::Register(error) => error.into(),
        }
    }
}

impl From<ApprovalError> for Trouble {
    fn from(error: ApprovalError) -> Self {
        match error {
            ApprovalError::Register(error) => error.into(),
            error => {
                let ja = match &error {
                    ApprovalError::SamePerson => {
                        "申請した本人は承認できません。別の承認者に依頼してください。何も変更していません。"
                    }
                    ApprovalError::Needed { .. } => {
                        "この操作には、別の職員の承認が必要です。承認を申請してください。何も変更していません。"
                    }
                    ApprovalError::Unknown => "その番号の申請はありません。一覧を確認してください。",
                    ApprovalError::Decided => "この申請はすでに決定済みです。必要な場合は改めて申請してください。",
                    ApprovalError::Undecided => "この申請はまだ決定されていません。",
                    ApprovalError::Refused => "この申請は却下されました。",
                    ApprovalError::Used => "この承認はすでに使用されました。必要な場合は改めて申請してください。",
                    ApprovalError::Expired => "この承認は期限が切れました。必要な場合は改めて申請してください。",
                    ApprovalError::Why => "理由を 1〜500 文字で入力してください。",
                    ApprovalError::MyNumber => {
                        "理由にマイナンバー（個人番号）と思われる番号が含まれています。削除してください。"
                    }
                    _ => "この承認は別の操作または別の対象のものです。何も変更していません。",
                };
                let status = match &error {
                    ApprovalError::Unknown => StatusCode::NOT_FOUND,
                    ApprovalError::Why | ApprovalError::MyNumber => StatusCode::UNPROCESSABLE_ENTITY,
                    _ => StatusCode::CONFLICT,
                };
                Self::new(status, "approval", ja, error.to_string())
            }
        }
    }
}

impl From<tower_sessions::session::Error> for Trouble {
    fn from(error: tower_sessions::session::Error) -> Self {
        Self::own(&error)
    }
}

impl IntoResponse for Trouble {
    /// Bare; what stands around the router writes it out in the form that was asked for.
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}
