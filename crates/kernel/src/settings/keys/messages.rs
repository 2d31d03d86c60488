//! Rooms, messages and files.

use super::super::SettingText;

keys! {
    Discussion_enabled: bool;
    Offline_DM_Email: SettingText;
    Offline_Mention_Email: SettingText;
    Offline_Mention_All_Email: SettingText;
    Offline_Message_Use_DeepLink: bool;
    Email_notification_show_message: bool;
    FileUpload_Enabled: bool;
    /// Bytes; -1 for no limit.
    FileUpload_MaxFileSize: i64;
    /// Media types separated by commas; empty for all.
    FileUpload_MediaTypeWhiteList: SettingText;
    /// Media types separated by commas.
    FileUpload_MediaTypeBlackList: SettingText;
    FileUpload_ProtectFiles: bool;
    FileUpload_Restrict_to_room_members: bool;
    FileUpload_Restrict_to_users_who_can_access_room: bool;
    FileUpload_RotateImages: bool;
    FileUpload_Enable_json_web_token_for_files: bool;
    FileUpload_json_web_token_secret_for_files: SettingText;
    FileUpload_Storage_Type: SettingText;
    FileUpload_S3_Bucket: SettingText;
    FileUpload_S3_Acl: SettingText;
    FileUpload_S3_AWSAccessKeyId: SettingText;
    FileUpload_S3_AWSSecretAccessKey: SettingText;
    FileUpload_S3_CDN: SettingText;
    FileUpload_S3_Region: SettingText;
    FileUpload_S3_BucketURL: SettingText;
    FileUpload_S3_SignatureVersion: SettingText;
    FileUpload_S3_ForcePathStyle: bool;
    /// Seconds.
    FileUpload_S3_URLExpiryTimeSpan: i64;
    FileUpload_S3_Proxy_Avatars: bool;
    FileUpload_S3_Proxy_Uploads: bool;
    FileUpload_S3_Proxy_UserDataFiles: bool;
    FileUpload_GoogleStorage_Bucket: SettingText;
    FileUpload_GoogleStorage_AccessId: SettingText;
    FileUpload_GoogleStorage_Secret: SettingText;
    FileUpload_GoogleStorage_ProjectId: SettingText;
    FileUpload_GoogleStorage_Proxy_Avatars: bool;
    FileUpload_GoogleStorage_Proxy_Uploads: bool;
    FileUpload_GoogleStorage_Proxy_UserDataFiles: bool;
    FileUpload_FileSystemPath: SettingText;
    FileUpload_Webdav_Upload_Folder_Path: SettingText;
    FileUpload_Webdav_Server_URL: SettingText;
    FileUpload_Webdav_Username: SettingText;
    FileUpload_Webdav_Password: SettingText;
    FileUpload_Webdav_Proxy_Avatars: bool;
    FileUpload_Webdav_Proxy_Uploads: bool;
    FileUpload_Webdav_Proxy_UserDataFiles: bool;
    FileUpload_Enabled_Direct: bool;
    Favorite_Rooms: bool;
    First_Channel_After_Login: SettingText;
    /// What counts as unread: `all_messages`, `user_mentions_only`, `group_mentions_only` or `user_and_group_mentions_only`.
    Unread_Count: SettingText;
    /// `all_messages` or `mentions_only`.
    Unread_Count_DM: SettingText;
    /// `all_messages` or `mentions_only`.
    Unread_Count_Omni: SettingText;
    Store_Last_Message: bool;
    /// A regular expression for the whole name.
    UTF8_User_Names_Validation: SettingText;
    /// A regular expression for the whole name.
    UTF8_Channel_Names_Validation: SettingText;
    UTF8_Names_Slugify: bool;
    /// Rooms with more members notify nobody for every message; 0 for no limit.
    Notifications_Max_Room_Members: i64;
    NPS_survey_enabled: bool;
    UI_DisplayRoles: bool;
    UI_Group_Channels_By_Type: bool;
    UI_Use_Name_Avatar: bool;
    UI_Use_Real_Name: bool;
    UI_Unread_Counter_Style: SettingText;
    UI_Allow_room_names_with_special_chars: bool;
    UI_Show_top_navbar_embedded_layout: bool;
    Message_Attachments_Thumbnails_Enabled: bool;
    /// Pixels.
    Message_Attachments_Thumbnails_Width: i64;
    /// Pixels.
    Message_Attachments_Thumbnails_Height: i64;
    Message_Attachments_Strip_Exif: bool;
    Message_AudioRecorderEnabled: bool;
    /// kbit/s.
    Message_Audio_bitRate: i64;
    Message_Read_Receipt_Enabled: bool;
    Message_Read_Receipt_Store_Users: bool;
    Message_CustomDomain_AutoLink: SettingText;
    Message_AllowEditing: bool;
    /// Minutes; 0 for ever.
    Message_AllowEditing_BlockEditInMinutes: i64;
    Message_AllowDeleting: bool;
    /// Minutes; 0 for ever.
    Message_AllowDeleting_BlockDeleteInMinutes: i64;
    Message_AllowUnrecognizedSlashCommand: bool;
    Message_AllowDirectMessagesToYourself: bool;
    Message_AlwaysSearchRegExp: bool;
    Message_ShowDeletedStatus: bool;
    Message_AllowBadWordsFilter: bool;
    /// Words separated by commas.
    Message_BadWordsFilterList: SettingText;
    /// Words separated by commas.
    Message_BadWordsWhitelist: SettingText;
    Message_KeepHistory: bool;
    /// People in a room up to whom `@all` works; 0 for any number.
    Message_MaxAll: i64;
    /// Characters; 0 for no limit.
    Message_MaxAllowedSize: i64;
    Message_AllowConvertLongMessagesToAttachment: bool;
    /// Seconds.
    Message_GroupingPeriod: i64;
    API_Embed: bool;
    API_Embed_UserAgent: SettingText;
    /// Days.
    API_EmbedCacheExpirationDays: i64;
    API_EmbedIgnoredHosts: SettingText;
    API_EmbedSafePorts: SettingText;
    Message_TimeFormat: SettingText;
    Message_DateFormat: SettingText;
    Message_TimeAndDateFormat: SettingText;
    /// How many quotes within quotes are kept.
    Message_QuoteChainLimit: i64;
    /// Message types that are not shown.
    Hide_System_Messages: Vec<String>;
    /// People in one direct room.
    DirectMesssage_maxUsers: i64;
    /// What becomes of a removed user's messages: `Keep`, `Delete` or `Unlink`.
    Message_ErasureType: SettingText;
    Message_Code_highlight: SettingText;
    Message_Auditing_Panel_Load_Count: i64;
    Message_Auditing_Apply_Count: i64;
    Message_VideoRecorderEnabled: bool;
    AutoTranslate_Enabled: bool;
    AutoTranslate_AutoEnableOnJoinRoom: bool;
    AutoTranslate_ServiceProvider: SettingText;
    AutoTranslate_GoogleAPIKey: SettingText;
    AutoTranslate_DeepLAPIKey: SettingText;
    AutoTranslate_MicrosoftAPIKey: SettingText;
    HexColorPreview_Enabled: bool;
    Katex_Enabled: bool;
    Katex_Parenthesis_Syntax: bool;
    Katex_Dollar_Syntax: bool;
    MapView_Enabled: bool;
    MapView_GMapsAPIKey: SettingText;
    Message_AllowPinning: bool;
    Message_AllowStarring: bool;
    Message_CustomFields_Enabled: bool;
    /// A JSON schema.
    Message_CustomFields: SettingText;
    Push_enable: bool;
    Push_UseLegacy: bool;
    Push_enable_gateway: bool;
    Push_gateway: SettingText;
    Push_production: bool;
    Push_apn_passphrase: SettingText;
    Push_apn_key: SettingText;
    Push_apn_cert: SettingText;
    Push_apn_dev_passphrase: SettingText;
    Push_apn_dev_key: SettingText;
    Push_apn_dev_cert: SettingText;
    Push_gcm_api_key: SettingText;
    Push_google_api_credentials: SettingText;
    Push_gcm_project_number: SettingText;
    Push_show_username_room: bool;
    Push_show_message: bool;
    Push_request_content_from_server: bool;
    RetentionPolicy_Enabled: bool;
    /// How often it runs: `0` every 30 minutes, `1` hourly, `2` every 6 hours, `3` daily.
    RetentionPolicy_Precision: SettingText;
    RetentionPolicy_Advanced_Precision: bool;
    /// A cron expression.
    RetentionPolicy_Advanced_Precision_Cron: SettingText;
    RetentionPolicy_AppliesToChannels: bool;
    /// Milliseconds.
    RetentionPolicy_TTL_Channels: i64;
    RetentionPolicy_AppliesToGroups: bool;
    /// Milliseconds.
    RetentionPolicy_TTL_Groups: i64;
    RetentionPolicy_AppliesToDMs: bool;
    /// Milliseconds.
    RetentionPolicy_TTL_DMs: i64;
    RetentionPolicy_DoNotPrunePinned: bool;
    RetentionPolicy_FilesOnly: bool;
    RetentionPolicy_DoNotPruneDiscussion: bool;
    RetentionPolicy_DoNotPruneThreads: bool;
    Threads_enabled: bool;
    VideoConf_Default_Provider: SettingText;
    VideoConf_Mobile_Ringing: bool;
    Canned_Responses_Enable: bool;
    VideoConf_Enable_DMs: bool;
    VideoConf_Enable_Channels: bool;
    VideoConf_Enable_Groups: bool;
    VideoConf_Enable_Teams: bool;
    VideoConf_Enable_Persistent_Chat: bool;
    VideoConf_Persistent_Chat_Discussion_Name: SettingText;
    Message_Read_Receipt_Archive_Enabled: bool;
    /// Days.
    Message_Read_Receipt_Archive_Retention_Days: i64;
    /// A cron expression.
    Message_Read_Receipt_Archive_Cron: SettingText;
    Message_Read_Receipt_Archive_Batch_Size: i64;
    /// Seconds.
    API_EmbedTimeout: i64;
}
