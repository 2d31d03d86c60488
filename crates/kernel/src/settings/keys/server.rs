//! The server, its APIs and its look.

use super::super::SettingText;

keys! {
    Assets_SvgFavicon_Enable: bool;
    EmojiUpload_Storage_Type: SettingText;
    EmojiUpload_FileSystemPath: SettingText;
    CustomSounds_Storage_Type: SettingText;
    CustomSounds_FileSystemPath: SettingText;
    email_plain_text_only: bool;
    email_style: SettingText;
    Email_Header: SettingText;
    Email_Footer: SettingText;
    Email_Footer_Direct_Reply: SettingText;
    SMTP_Protocol: SettingText;
    SMTP_Host: SettingText;
    /// A number as text; empty for the usual one.
    SMTP_Port: SettingText;
    SMTP_IgnoreTLS: bool;
    SMTP_Pool: bool;
    SMTP_Username: SettingText;
    SMTP_Password: SettingText;
    /// The sender of all mail.
    From_Email: SettingText;
    Verification_Email_Subject: SettingText;
    Verification_Email: SettingText;
    Invitation_Subject: SettingText;
    Invitation_Email: SettingText;
    Invitation_Email_Count: i64;
    Forgot_Password_Email_Subject: SettingText;
    Forgot_Password_Email: SettingText;
    Email_Changed_Email_Subject: SettingText;
    Email_Changed_Email: SettingText;
    Password_Changed_Email_Subject: SettingText;
    Password_Changed_Email: SettingText;
    Add_Sender_To_ReplyTo: bool;
    /// Most entries of one page.
    API_Upper_Count_Limit: i64;
    /// Entries of a page when the client does not say.
    API_Default_Count: i64;
    /// Whether `count=0` asks for everything.
    API_Allow_Infinite_Count: bool;
    API_Enable_Direct_Message_History_EndPoint: bool;
    API_Enable_Shields: bool;
    API_Shield_Types: SettingText;
    API_Shield_user_require_auth: bool;
    API_Enable_CORS: bool;
    /// One origin, `*`, or a list separated by commas.
    API_CORS_Origin: SettingText;
    API_Use_REST_For_DDP_Calls: bool;
    /// Where the workspace is reached, as `ROOT_URL` says.
    Site_Url: SettingText;
    Site_Name: SettingText;
    Document_Domain: SettingText;
    /// A language tag; empty for the browser's.
    Language: SettingText;
    Allow_Invalid_SelfSigned_Certs: bool;
    Enable_CSP: bool;
    Extra_CSP_Domains: SettingText;
    Iframe_Restrict_Access: bool;
    Iframe_X_Frame_Options: SettingText;
    DeepLink_Url: SettingText;
    CDN_PREFIX: SettingText;
    CDN_PREFIX_ALL: bool;
    CDN_JSCSS_PREFIX: SettingText;
    Force_SSL: bool;
    GoogleTagManager_id: SettingText;
    Robot_Instructions_File_Content: SettingText;
    Default_Referrer_Policy: SettingText;
    Statistics_reporting: bool;
    /// Most users in one list.
    API_User_Limit: i64;
    Iframe_Integration_send_enable: bool;
    Iframe_Integration_send_target_origin: SettingText;
    Iframe_Integration_receive_enable: bool;
    Iframe_Integration_receive_origin: SettingText;
    Custom_Translations: SettingText;
    Stream_Cast_Address: SettingText;
    Default_Timezone_For_Reporting: SettingText;
    Default_Custom_Timezone: SettingText;
    Update_LatestAvailableVersion: SettingText;
    Update_EnableChecker: bool;
    Log_Level: SettingText;
    /// Lines of the log that clients are shown.
    Log_View_Limit: i64;
    Log_Trace_Methods: bool;
    /// A regular expression for the names of methods.
    Log_Trace_Methods_Filter: SettingText;
    Prometheus_Enabled: bool;
    Prometheus_Port: i64;
    Layout_Login_Hide_Logo: bool;
    Layout_Login_Hide_Title: bool;
    Layout_Login_Hide_Powered_By: bool;
    Layout_Login_Template: SettingText;
    Layout_Home_Title: SettingText;
    Layout_Show_Home_Button: bool;
    Layout_Home_Body: SettingText;
    Layout_Home_Custom_Block_Visible: bool;
    Layout_Custom_Body_Only: bool;
    Layout_Terms_of_Service: SettingText;
    Layout_Login_Terms: SettingText;
    Layout_Privacy_Policy: SettingText;
    Layout_Legal_Notice: SettingText;
    Layout_Sidenav_Footer_Dark: SettingText;
    Layout_Sidenav_Footer: SettingText;
    Custom_Script_On_Logout: SettingText;
    Custom_Script_Logged_Out: SettingText;
    Custom_Script_Logged_In: SettingText;
    /// The workspace's name for itself.
    uniqueID: SettingText;
    Deployment_FingerPrint_Hash: SettingText;
    Deployment_FingerPrint_Verified: bool;
    API_Drupal_URL: SettingText;
    API_GitHub_Enterprise_URL: SettingText;
    API_Gitlab_URL: SettingText;
    API_Tokenpass_URL: SettingText;
    API_Wordpress_URL: SettingText;
    DDP_Rate_Limit_IP_Enabled: bool;
    DDP_Rate_Limit_IP_Requests_Allowed: i64;
    /// Milliseconds.
    DDP_Rate_Limit_IP_Interval_Time: i64;
    DDP_Rate_Limit_User_Enabled: bool;
    DDP_Rate_Limit_User_Requests_Allowed: i64;
    /// Milliseconds.
    DDP_Rate_Limit_User_Interval_Time: i64;
    DDP_Rate_Limit_Connection_Enabled: bool;
    DDP_Rate_Limit_Connection_Requests_Allowed: i64;
    /// Milliseconds.
    DDP_Rate_Limit_Connection_Interval_Time: i64;
    DDP_Rate_Limit_User_By_Method_Enabled: bool;
    DDP_Rate_Limit_User_By_Method_Requests_Allowed: i64;
    /// Milliseconds.
    DDP_Rate_Limit_User_By_Method_Interval_Time: i64;
    DDP_Rate_Limit_Connection_By_Method_Enabled: bool;
    DDP_Rate_Limit_Connection_By_Method_Requests_Allowed: i64;
    /// Milliseconds.
    DDP_Rate_Limit_Connection_By_Method_Interval_Time: i64;
    API_Enable_Rate_Limiter: bool;
    API_Enable_Rate_Limiter_Dev: bool;
    /// Calls per window and endpoint.
    API_Enable_Rate_Limiter_Limit_Calls_Default: i64;
    /// The window, in milliseconds.
    API_Enable_Rate_Limiter_Limit_Time_Default: i64;
    Industry: SettingText;
    Size: SettingText;
    Country: SettingText;
    Website: SettingText;
    Server_Type: SettingText;
    Allow_Marketing_Emails: bool;
    Register_Server: bool;
    Cloud_Workspace_Supported_Versions_Token: SettingText;
    Cloud_Workspace_Id: SettingText;
    Cloud_Workspace_Name: SettingText;
    Cloud_Workspace_Client_Id: SettingText;
    Cloud_Workspace_Client_Secret: SettingText;
    Cloud_Workspace_Client_Secret_Expires_At: i64;
    Cloud_Workspace_Registration_Client_Uri: SettingText;
    Cloud_Workspace_PublicKey: SettingText;
    Cloud_Workspace_License: SettingText;
    Cloud_Workspace_Had_Trial: bool;
    Cloud_Workspace_Registration_State: SettingText;
    Smarsh_Enabled: bool;
    Troubleshoot_Disable_Notifications: bool;
    Troubleshoot_Disable_Presence_Broadcast: bool;
    Troubleshoot_Disable_Instance_Broadcast: bool;
    Troubleshoot_Disable_Sessions_Monitor: bool;
    Troubleshoot_Disable_Livechat_Activity_Monitor: bool;
    Troubleshoot_Disable_Data_Exporter_Processor: bool;
    Troubleshoot_Disable_Teams_Mention: bool;
    Troubleshoot_Disable_Statistics_Generator: bool;
    Troubleshoot_Disable_Workspace_Sync: bool;
    Troubleshoot_Force_Caching_Version: SettingText;
    Jitsi_Click_To_Join_Count: i64;
    Jitsi_Start_SlashCommands_Count: i64;
    Webdav_Integration_Enabled: bool;
    /// A regular expression whose groups are addresses of meetings.
    Calendar_MeetingUrl_Regex: SettingText;
    Calendar_BusyStatus_Enabled: bool;
    Apps_Framework_Source_Package_Storage_Type: SettingText;
    Apps_Framework_Source_Package_Storage_FileSystem_Path: SettingText;
    Enterprise_License: SettingText;
    Enterprise_License_Data: SettingText;
    Enterprise_License_Status: SettingText;
    Cloud_Workspace_AirGapped_Restrictions_Remaining_Days: i64;
    /// Hosts and address ranges that requests made for users may reach all the same.
    SSRF_Allowlist: SettingText;
    Use_RC_SDK: bool;
    Federation_Service_Enabled: bool;
    Federation_Service_Domain: SettingText;
}
