/** Words that people choose first; with digits and signs added they make most guessed passwords. */
const words = `
password passw0rd passwort haslo haslo123 hasło contrasena motdepasse senha parola salasana wachtwoord
qwerty qwertz azerty asdfgh zxcvbn qwertyuiop asdfghjkl zxcvbnm qazwsx qwaszx admin administrator root toor
superuser operator sysadmin netadmin manager supervisor service support system server network router switch
firewall monitor monitoring telemetry observability sotp nagios zabbix librenms grafana prometheus cacti
solarwinds cisco juniper arista mikrotik ubiquiti ubnt fortinet huawei paloalto netgear linksys welcome letmein
changeme changeit default secret private public guest test tester testing demo example temp temporary login
logmein access master hello iloveyou sunshine princess dragon monkey football baseball basketball superman
batman pokemon starwars trustno1 whatever freedom shadow michael jordan jennifer computer internet samsung
google facebook linkedin microsoft windows linux ubuntu debian oracle postgres mysql redis elastic kubernetes
docker jenkins gitlab github company office corporate business security secure datacenter winter spring summer
autumn january february march april june july august september october november december monday tuesday
wednesday thursday friday saturday sunday poland polska warszawa krakow london paris berlin newyork america
liverpool chelsea arsenal barcelona realmadrid juventus legia matrix killer charlie daniel thomas robert andrew
`

/** Passwords of 12 signs and more that stand high in lists of leaked ones, or at the keyboard's edge. */
const long = `
password1234 password12345 password123456 password1234567 password12345678 password123456789 password1234567890
password123! password1234! password2020 password2021 password2022 password2023 password2024 password2025
password2026 passwordpassword password!234 password@123 password@1234 password#123 password_123 passw0rd1234
passw0rd!234 p@ssw0rd1234 p@ssw0rd123! p@ssw0rd!234 p@$$w0rd1234 p@$$w0rd123! p@55w0rd1234 mypassword123
mypassword1234 yourpassword thisispassword thisisapassword thisismypassword mysecretpassword secretpassword
newpassword1 newpassword12 newpassword123 oldpassword123 nopassword123 password1password password1password1
adminpassword adminadmin12 adminadmin123 adminadminadmin administrator administrator1 administrator12
administrator123 administrator1234 administrator! admin12345678 admin123456789 admin1234567890 admin@123456
admin@12345678 admin!@#$%^& rootpassword rootroot1234 rootrootroot rootpassword123 superadmin123 superadmin1234
superuser123 superuser1234 sysadmin1234 netadmin1234 operator1234 networkadmin networkadmin1 networkadmin123
networkoperator monitoring123 monitoring1234 observability observability1 observability123 cisco1234567
ciscocisco12 ciscocisco123 ciscociscocisco cisco123cisco juniper12345 juniper123456 netscreen1234 mikrotik1234
fortinet1234 huawei@12345 admin@huawei admin@huawei.com publicprivate publicpublic privateprivate snmpcommunity
changeme1234 changeme12345 changeme123! changemenow1 changemenow! changemeplease changemechangeme
changethispassword pleasechangeme letmein12345 letmein123456 letmeinletmein letmeinplease letmeinnow12
welcome12345 welcome123456 welcome1234! welcome@1234 welcome@12345 welcomewelcome welcometothejungle
welcomehome1 qwerty123456 qwerty1234567 qwerty12345678 qwerty123456789 qwertyqwerty qwerty!@#$%^ qwertyuiop12
qwertyuiop123 qwertyuiop1234 qwertyuiop[] qwertyuiop[]\\ qwertyuiopasdfghjkl qwertyuiopasdfghjklzxcvbnm
1234qwerasdf 1234qwerasdfzxcv qwerasdfzxcv qwerasdf1234 qwer1234asdf asdfqwer1234 asdfghjkl123 asdfghjkl;'
asdfasdfasdf asdfjkl;asdf zxcvbnm12345 zxcvbnm123456 zxcvbnmasdfghjkl zxcvzxcvzxcv 1qaz2wsx3edc 1qaz2wsx3edc4rfv
!qaz2wsx3edc !qaz@wsx#edc 1qaz@wsx3edc 1qaz!qaz2wsx 1q2w3e4r5t6y 1q2w3e4r5t6y7u 1q2w3e4r5t6y7u8i
1q2w3e4r5t6y7u8i9o0p q1w2e3r4t5y6 q1w2e3r4t5y6u7 qazwsxedcrfv qazwsxedcrfvtgb qazwsxedc123 zaq12wsxcde3
zaq1xsw2cde3 zaq1zaq1zaq1 zaq!2wsxcde# azertyuiop12 azertyuiop123 azertyuiop123456 qwertzuiop12 qwertzuiop123
1234567890qwerty 123456qwerty 123456qwertyuiop 12345qwertyui 1234567890ab 1234567890abc 123456abcdef
123456789abc 123456789abcd 123456789qwe 1234567890qwe 1234abcd5678 12341234abcd a1b2c3d4e5f6 a1b2c3d4e5f6g7
a123456789123 a12345678910 aa1234567890 abc123456789 abc1234567890 abcd12345678 abcd1234abcd abcd1234efgh
abcdef123456 abcdefg12345 abcdefgh1234 abcdefghijkl abcdefghijklm abcdefghijklmnop abcdefghijklmnopqrstuvwxyz
123456789012 1234567890123 12345678901234 123456789101112 1234567891011 012345678901 098765432100 0987654321098
987654321012 123123123123 123321123321 112233445566 11223344556677 1122334455667788 121212121212 111111111111
000000000000 111222333444 147258369147 147258369000 159357159357 159753456852 741852963000 789456123000
123654789000 135792468000 102030405060 010203040506 314159265358 314159265359 271828182845 161803398874
iloveyou1234 iloveyou12345 iloveyou123456 iloveyouforever iloveyousomuch iloveyoubaby iloveyoubabe iloveyouiloveyou
ilovemyfamily ilovemymother ilovechocolate ihatepasswords sunshine1234 sunshine12345 princess1234 princess12345
football1234 football12345 baseball1234 basketball12 basketball123 basketball1234 superman1234 superman12345
batman123456 spiderman123 spiderman1234 starwars1234 starwarsfan1 trustno1trustno1 trustno1trustno
maythe4thbewithyou maytheforcebewithyou correcthorsebatterystaple correct-horse-battery-staple
correct horse battery staple correct_horse_battery_staple tobeornottobe tobeornot2be opensesame12 opensesame123
alakazam1234 abracadabra1 abracadabra12 abracadabra123 supercalifragilisticexpialidocious thequickbrownfox
thequickbrownfoxjumps whatever1234 whateverwhatever nothing12345 dontforgetit1 donotforget12 iforgot12345
iforgotmypassword guessmypassword whatisthepassword itsasecret12 topsecret123 topsecret1234 confidential
confidential1 confidential123 testpassword testpassword1 testpassword123 testtesttest testtest1234 testing12345
testing123456 test12345678 test123456789 test1234test demopassword demo12345678 demo123456789 examplepassword
defaultpassword temppassword temppassword1 temppassword123 temporary123 temporary1234 temporarypassword
companyname123 company12345 company2024! company2025! company2026! winter2024!! winter2025!! winter2026!!
summer2024!! summer2025!! summer2026!! spring2025!! spring2026!! autumn2025!! autumn2026!! september2025
september2026 november2025 november2026 december2025 december2026 december2024 january2025! january2026!
february2026 haslohaslo12 haslo1234567 haslo12345678 haslo123456789 hasło1234567 mojehaslo123 mojehaslo1234
tajnehaslo123 polska123456 polska1234567 polskapolska kochamcie123 kochamcie1234 kochampolske warszawa1234
warszawa2025 warszawa2026 zaqwsxcderfv misiaczek123 passwort1234 passwort12345 passwort123456 passwort123!
passwortpasswort meinpasswort meinpasswort1 motdepasse12 motdepasse123 motdepasse1234 contrasena12 contrasena123
contrasena1234 contraseña123 contraseña1234 kubernetes12 kubernetes123 kubernetes1234 docker123456 jenkins12345
postgres1234 postgres12345 postgrespostgres mysqlroot123 mysqlpassword redispassword elastic12345 elasticsearch
elasticsearch1 elasticsearch123 grafana12345 grafanaadmin prometheus12 prometheus123 prometheus1234 zabbix123456
nagiosadmin1 nagiosadmin12 nagiosadmin123 librenms1234 solarwinds12 solarwinds123 solarwinds1234 vmware123456
vmware1!vmware raspberrypi1 raspberrypi123 raspberry1234 ubuntuubuntu debiandebian microsoft123 microsoft1234
linkedin1234 facebook1234 google123456 internet1234 internet12345 computer1234 computer12345 samsung12345
liverpool123 liverpool1234 manchester123 manchesterunited barcelona123 barcelona1234 realmadrid12 realmadrid123
`

const entries = (text: string) => text.trim().split(/\n| (?!horse|battery|staple)/)

/** Lower case. A password that is one of these, or one of the words with a few signs around it, is refused. */
export const commonPasswords: ReadonlySet<string> = new Set([...entries(words), ...entries(long)])
