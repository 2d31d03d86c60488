//! Users over DDP.

mod others;
mod own;

use gantry_kernel::registry::Registry;

pub(crate) fn register(registry: &mut Registry) {
    registry
        .method::<own::RegisterUser>()
        .method::<own::CheckRegistrationSecret>()
        .method::<own::SaveUserProfile>()
        .method::<own::SaveUserPreferences>()
        .method::<own::SetUsername>()
        .method::<own::SetRealName>()
        .method::<own::SetEmail>()
        .method::<own::SetUtcOffset>()
        .method::<own::UsernameSuggestion>()
        .method::<own::DeleteUserOwnAccount>()
        .method::<own::PasswordPolicyMethod>()
        .method::<own::AfterVerifyEmail>()
        .method::<own::CreateUser>()
        .method::<others::DeleteUser>()
        .method::<others::SetUserActiveStatus>()
        .method::<others::InsertOrUpdateUser>()
        .method::<others::UserRoles>();
}
