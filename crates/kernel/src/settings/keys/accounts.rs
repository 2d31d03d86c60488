//! Users, sign-in and registration.

use super::super::SettingText;

keys! {
    Accounts_TwoFactorAuthentication_Enabled: bool;
    /// How many 30-second steps a code may be off.
    Accounts_TwoFactorAuthentication_MaxDelta: i64;
    Accounts_TwoFactorAuthentication_By_TOTP_Enabled: bool;
    Accounts_TwoFactorAuthentication_By_Email_Enabled: bool;
    Accounts_twoFactorAuthentication_email_available_for_OAuth_users: bool;
    Accounts_TwoFactorAuthentication_By_Email_Auto_Opt_In: bool;
    /// Seconds.
    Accounts_TwoFactorAuthentication_By_Email_Code_Expiration: i64;
    /// Tries per code.
    Accounts_TwoFactorAuthentication_Max_Invalid_Email_Code_Attempts: i64;
    /// Seconds that a login needs no second code.
    Accounts_TwoFactorAuthentication_RememberFor: i64;
    Accounts_TwoFactorAuthentication_Enforce_Password_Fallback: bool;
    Block_Multiple_Failed_Logins_Enabled: bool;
    Block_Multiple_Failed_Logins_By_User: bool;
    Block_Multiple_Failed_Logins_Attempts_Until_Block_by_User: i64;
    /// Minutes.
    Block_Multiple_Failed_Logins_Time_To_Unblock_By_User_In_Minutes: i64;
    Block_Multiple_Failed_Logins_By_Ip: bool;
    Block_Multiple_Failed_Logins_Attempts_Until_Block_By_Ip: i64;
    /// Minutes.
    Block_Multiple_Failed_Logins_Time_To_Unblock_By_Ip_In_Minutes: i64;
    /// Addresses separated by commas.
    Block_Multiple_Failed_Logins_Ip_Whitelist: SettingText;
    Block_Multiple_Failed_Logins_Notify_Failed: bool;
    Block_Multiple_Failed_Logins_Notify_Failed_Channel: SettingText;
    Login_Logs_Enabled: bool;
    Login_Logs_Username: bool;
    Login_Logs_UserAgent: bool;
    Login_Logs_ClientIp: bool;
    Login_Logs_ForwardedForIp: bool;
    Accounts_iframe_enabled: bool;
    Accounts_iframe_url: SettingText;
    Accounts_Iframe_api_url: SettingText;
    Accounts_Iframe_api_method: SettingText;
    Accounts_AllowAnonymousRead: bool;
    Accounts_AllowAnonymousWrite: bool;
    Accounts_AllowDeleteOwnAccount: bool;
    Accounts_AllowUserProfileChange: bool;
    Accounts_AllowUserAvatarChange: bool;
    Accounts_AllowRealNameChange: bool;
    Accounts_AllowUserStatusMessageChange: bool;
    Accounts_AllowUsernameChange: bool;
    Accounts_AllowEmailChange: bool;
    Accounts_AllowPasswordChange: bool;
    Accounts_AllowPasswordChangeForOAuthUsers: bool;
    Accounts_AllowEmailNotifications: bool;
    Accounts_AllowFeaturePreview: bool;
    Accounts_CustomFieldsToShowInUserInfo: SettingText;
    /// Days that a login lasts; 90 if below 1.
    Accounts_LoginExpiration: i64;
    Accounts_EmailOrUsernamePlaceholder: SettingText;
    Accounts_PasswordPlaceholder: SettingText;
    Accounts_ConfirmPasswordPlaceholder: SettingText;
    Accounts_ForgetUserSessionOnWindowClose: bool;
    /// User fields separated by commas.
    Accounts_SearchFields: SettingText;
    Accounts_Directory_DefaultView: SettingText;
    Accounts_AllowInvisibleStatusOption: bool;
    Accounts_Send_Email_When_Activating: bool;
    Accounts_Send_Email_When_Deactivating: bool;
    Accounts_DefaultUsernamePrefixSuggestion: SettingText;
    Accounts_RequireNameForSignUp: bool;
    Accounts_RequirePasswordConfirmation: bool;
    Accounts_EmailVerification: bool;
    Accounts_Verify_Email_For_External_Accounts: bool;
    Accounts_ManuallyApproveNewUsers: bool;
    /// Mail domains separated by commas; empty for all.
    Accounts_AllowedDomainsList: SettingText;
    /// Mail domains separated by commas.
    Accounts_BlockedDomainsList: SettingText;
    /// Patterns separated by commas.
    Accounts_BlockedUsernameList: SettingText;
    /// Names separated by commas.
    Accounts_SystemBlockedUsernameList: SettingText;
    Accounts_UseDefaultBlockedDomainsList: bool;
    Accounts_UseDNSDomainCheck: bool;
    /// `Public`, `Disabled` or `Secret URL`.
    Accounts_RegistrationForm: SettingText;
    Accounts_RegistrationForm_SecretURL: SettingText;
    Accounts_Registration_InviteUrlType: SettingText;
    Accounts_RegistrationForm_LinkReplacementText: SettingText;
    Accounts_Registration_AuthenticationServices_Enabled: bool;
    /// Role ids separated by commas.
    Accounts_Registration_AuthenticationServices_Default_Roles: SettingText;
    /// Role ids separated by commas.
    Accounts_Registration_Users_Default_Roles: SettingText;
    Accounts_PasswordReset: bool;
    /// JSON, the definition of the custom fields of users; empty for none.
    Accounts_CustomFields: SettingText;
    Accounts_Default_User_Preferences_enableAutoAway: bool;
    /// Seconds without activity until the user is away.
    Accounts_Default_User_Preferences_idleTimeLimit: i64;
    Accounts_Default_User_Preferences_desktopNotificationRequireInteraction: bool;
    Accounts_Default_User_Preferences_desktopNotifications: SettingText;
    Accounts_Default_User_Preferences_pushNotifications: SettingText;
    Accounts_Default_User_Preferences_unreadAlert: bool;
    Accounts_Default_User_Preferences_useEmojis: bool;
    Accounts_Default_User_Preferences_convertAsciiEmoji: bool;
    Accounts_Default_User_Preferences_autoImageLoad: bool;
    Accounts_Default_User_Preferences_saveMobileBandwidth: bool;
    Accounts_Default_User_Preferences_collapseMediaByDefault: bool;
    Accounts_Default_User_Preferences_hideUsernames: bool;
    Accounts_Default_User_Preferences_hideRoles: bool;
    Accounts_Default_User_Preferences_hideFlexTab: bool;
    Accounts_Default_User_Preferences_displayAvatars: bool;
    Accounts_Default_User_Preferences_sidebarGroupByType: bool;
    Accounts_Default_User_Preferences_themeAppearence: SettingText;
    Accounts_Default_User_Preferences_sidebarViewMode: SettingText;
    Accounts_Default_User_Preferences_sidebarDisplayAvatar: bool;
    Accounts_Default_User_Preferences_sidebarShowUnread: bool;
    Accounts_Default_User_Preferences_sidebarSortby: SettingText;
    Accounts_Default_User_Preferences_showThreadsInMainChannel: bool;
    Accounts_Default_User_Preferences_alsoSendThreadToChannel: SettingText;
    Accounts_Default_User_Preferences_sidebarShowFavorites: bool;
    Accounts_Default_User_Preferences_sendOnEnter: SettingText;
    Accounts_Default_User_Preferences_emailNotificationMode: SettingText;
    Accounts_Default_User_Preferences_newRoomNotification: SettingText;
    Accounts_Default_User_Preferences_newMessageNotification: SettingText;
    Accounts_Default_User_Preferences_muteFocusedConversations: bool;
    /// Percent.
    Accounts_Default_User_Preferences_notificationsSoundVolume: i64;
    Accounts_Default_User_Preferences_omnichannelTranscriptEmail: bool;
    Accounts_Default_User_Preferences_notifyCalendarEvents: bool;
    Accounts_Default_User_Preferences_enableMobileRinging: bool;
    Accounts_Default_User_Preferences_sidebarSectionsOrder: Vec<String>;
    Accounts_Default_User_Preferences_featuresPreview: SettingText;
    Accounts_AvatarResize: bool;
    /// Pixels of each side.
    Accounts_AvatarSize: i64;
    Accounts_AvatarExternalProviderUrl: SettingText;
    Accounts_RoomAvatarExternalProviderUrl: SettingText;
    /// Seconds.
    Accounts_AvatarCacheTime: i64;
    Accounts_AvatarBlockUnauthenticatedAccess: bool;
    Accounts_SetDefaultAvatar: bool;
    Accounts_Password_Policy_Enabled: bool;
    /// Characters; -1 for no limit.
    Accounts_Password_Policy_MinLength: i64;
    /// Characters; -1 for no limit.
    Accounts_Password_Policy_MaxLength: i64;
    Accounts_Password_Policy_ForbidRepeatingCharacters: bool;
    /// How often one character may follow itself.
    Accounts_Password_Policy_ForbidRepeatingCharactersCount: i64;
    Accounts_Password_Policy_AtLeastOneLowercase: bool;
    Accounts_Password_Policy_AtLeastOneUppercase: bool;
    Accounts_Password_Policy_AtLeastOneNumber: bool;
    Accounts_Password_Policy_AtLeastOneSpecialCharacter: bool;
    Accounts_Password_History_Enabled: bool;
    /// How many former passwords may not be used again.
    Accounts_Password_History_Amount: i64;
    CAS_enabled: bool;
    Accounts_Enrollment_Email_Subject: SettingText;
    Accounts_Enrollment_Email: SettingText;
    Accounts_UserAddedEmail_Subject: SettingText;
    Accounts_UserAddedEmail_Email: SettingText;
    E2E_Enable: bool;
    E2E_Allow_Unencrypted_Messages: bool;
    E2E_Enabled_Default_DirectRooms: bool;
    E2E_Enabled_Default_PrivateRooms: bool;
    E2E_Enable_Encrypt_Files: bool;
    E2E_Enabled_Mentions: bool;
    /// `pending`, `in_progress` or `completed`.
    Show_Setup_Wizard: SettingText;
    ECDH_Enabled: bool;
    LDAP_Enable: bool;
    Accounts_ShowFormLogin: bool;
    /// Entries of one list.
    Number_of_users_autocomplete_suggestions: i64;
    Initial_Channel_Created: bool;
    Force_Screen_Lock: bool;
    /// Seconds.
    Force_Screen_Lock_After: i64;
    OTR_Enable: bool;
    OTR_Count: i64;
    /// Registrations per minute and address.
    Rate_Limiter_Limit_RegisterUser: i64;
    Organization_Type: SettingText;
    Organization_Name: SettingText;
    Organization_Email: SettingText;
    Presence_broadcast_disabled: bool;
    UserData_EnableDownload: bool;
    UserData_FileSystemPath: SettingText;
    UserData_FileSystemZipPath: SettingText;
    /// Minutes.
    UserData_ProcessingFrequency: i64;
    /// Messages per step of an export.
    UserData_MessageLimitPerRequest: i64;
    SAML_Custom_Default: bool;
    Accounts_Default_User_Preferences_omnichannelTranscriptPDF: bool;
    ABAC_Enabled: bool;
    ABAC_PDP_Type: SettingText;
    ABAC_ShowAttributesInRooms: bool;
    /// Seconds.
    Abac_Cache_Decision_Time_Seconds: i64;
    ABAC_Virtru_Base_URL: SettingText;
    ABAC_Virtru_Client_ID: SettingText;
    ABAC_Virtru_Client_Secret: SettingText;
    ABAC_Virtru_OIDC_Endpoint: SettingText;
}
