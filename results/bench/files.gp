# Rendered by Parsimony; ‘gnuplot’ with this file in its folder renders it again. Texts and numbers are in the .dat beside it.

stem = ARG0[1:strlen(ARG0)-3]
set datafile separator "\t"
array words[18]
stats stem.'.dat' index 0 using (words[int(column(1))] = strcol(3), 0) nooutput
set encoding utf8
set minussign
set clip two
set border 3 lc rgb '#404040' lw 0.8
set tics nomirror out scale 0.6,0.3
set grid ytics back lt 1 lc rgb '#E6E6E6' lw 0.5 dt solid
unset key
set style line 1 lc rgb '#0072B2' lw 1.6 dt 1
set style line 201 lc rgb '#0072B2' lw 0.9 dt 1 pt 7 ps 0.55
set style line 101 lc rgb '#0072B2' lw 0.9 dt 1
set style line 2 lc rgb '#D55E00' lw 1.6 dt (8,3)
set style line 202 lc rgb '#D55E00' lw 0.9 dt 1 pt 5 ps 0.5
set style line 102 lc rgb '#D55E00' lw 0.9 dt 1
set style line 3 lc rgb '#009E73' lw 1.6 dt (2,2)
set style line 203 lc rgb '#009E73' lw 0.9 dt 1 pt 9 ps 0.6
set style line 103 lc rgb '#009E73' lw 0.9 dt 1
set style line 4 lc rgb '#CC79A7' lw 1.6 dt (8,3,2,3)
set style line 204 lc rgb '#CC79A7' lw 0.9 dt 1 pt 13 ps 0.65
set style line 104 lc rgb '#CC79A7' lw 0.9 dt 1
set style line 5 lc rgb '#56B4E9' lw 1.6 dt 1
set style line 205 lc rgb '#56B4E9' lw 0.9 dt 1 pt 6 ps 0.75
set style line 105 lc rgb '#56B4E9' lw 0.9 dt 1
set style line 6 lc rgb '#E69F00' lw 1.6 dt (8,3)
set style line 206 lc rgb '#E69F00' lw 0.9 dt 1 pt 4 ps 0.7
set style line 106 lc rgb '#E69F00' lw 0.9 dt 1
bar(low, high, bottom, top) = (high < bottom || low > top) ? NaN : low
inside(y, bottom, top) = y < bottom ? bottom : y > top ? top : y

do for [format in 'png svg pdf'] {
if (format eq 'png') {
set terminal pngcairo noenhanced size 2079,1253 font 'Liberation Sans,8' fontscale 3.125 linewidth 4.1667 pointscale 4.1667 butt dashlength 1 background rgb 'white'
}
if (format eq 'svg') {
set terminal svg noenhanced size 665,401 font 'Liberation Sans,10.7' linewidth 1.33 butt dashlength 1 background rgb 'white'
}
if (format eq 'pdf') {
set terminal pdfcairo noenhanced size 17.60cm,10.61cm font 'Liberation Sans,8' fontscale 0.75 linewidth 1 butt dashlength 1
}
set output stem.'.'.format
set multiplot
set label '' at screen 0.10710,0.97361 point ls 201
set label words[1] at screen 0.12131,0.97361 left tc rgb '#0072B2'
set label '' at screen 0.22076,0.97361 point ls 202
set label words[2] at screen 0.23496,0.97361 left tc rgb '#B04A00'
set label '' at screen 0.33706,0.97361 point ls 203
set label words[3] at screen 0.35126,0.97361 left tc rgb '#007A5A'
set label '' at screen 0.43778,0.97361 point ls 204
set label words[4] at screen 0.45199,0.97361 left tc rgb '#A8527F'
set label '' at screen 0.54610,0.97361 point ls 205
set label words[5] at screen 0.56030,0.97361 left tc rgb '#2A7FAE'
set label '' at screen 0.76893,0.97361 point ls 206
set label words[6] at screen 0.78314,0.97361 left tc rgb '#9A6A00'
set lmargin at screen 0.08575
set rmargin at screen 0.97727
set bmargin at screen 0.36945
set tmargin at screen 0.92554
unset logscale x
set xrange [0.5:5.5]
set xtics (words[7] 1, words[8] 2, words[9] 3, words[10] 4, words[11] 5)
set xlabel ''
set xtics rotate by 90 right
set arrow 1001 from first 1.5,graph 0 to first 1.5,graph 1 nohead back lt 1 lc rgb '#E6E6E6' lw 0.5
set arrow 1002 from first 2.5,graph 0 to first 2.5,graph 1 nohead back lt 1 lc rgb '#E6E6E6' lw 0.5
set arrow 1003 from first 3.5,graph 0 to first 3.5,graph 1 nohead back lt 1 lc rgb '#E6E6E6' lw 0.5
set arrow 1004 from first 4.5,graph 0 to first 4.5,graph 1 nohead back lt 1 lc rgb '#E6E6E6' lw 0.5
set logscale y
set yrange [6.333449038273035:1112.3669765261084]
set ytics ('10' 10, '100' 100, '1000' 1000, '' 7 1, '' 8 1, '' 9 1, '' 20 1, '' 30 1, '' 40 1, '' 50 1, '' 60 1, '' 70 1, '' 80 1, '' 90 1, '' 200 1, '' 300 1, '' 400 1, '' 500 1, '' 600 1, '' 700 1, '' 800 1, '' 900 1)
set label 1001 words[12] at screen 0.01705,0.64750 center rotate by 90
plot stem.'.dat' index 1 using 1:(inside(bar($3,$4,6.333449038273035,1112.3669765261084),6.333449038273035,1112.3669765261084)):(0):(inside($4,6.333449038273035,1112.3669765261084)-inside($3,6.333449038273035,1112.3669765261084)) with vectors nohead ls 101 notitle, \
     stem.'.dat' index 2 using 1:(inside(bar($3,$4,6.333449038273035,1112.3669765261084),6.333449038273035,1112.3669765261084)):(0):(inside($4,6.333449038273035,1112.3669765261084)-inside($3,6.333449038273035,1112.3669765261084)) with vectors nohead ls 102 notitle, \
     stem.'.dat' index 3 using 1:(inside(bar($3,$4,6.333449038273035,1112.3669765261084),6.333449038273035,1112.3669765261084)):(0):(inside($4,6.333449038273035,1112.3669765261084)-inside($3,6.333449038273035,1112.3669765261084)) with vectors nohead ls 103 notitle, \
     stem.'.dat' index 4 using 1:(inside(bar($3,$4,6.333449038273035,1112.3669765261084),6.333449038273035,1112.3669765261084)):(0):(inside($4,6.333449038273035,1112.3669765261084)-inside($3,6.333449038273035,1112.3669765261084)) with vectors nohead ls 104 notitle, \
     stem.'.dat' index 5 using 1:(inside(bar($3,$4,6.333449038273035,1112.3669765261084),6.333449038273035,1112.3669765261084)):(0):(inside($4,6.333449038273035,1112.3669765261084)-inside($3,6.333449038273035,1112.3669765261084)) with vectors nohead ls 105 notitle, \
     stem.'.dat' index 6 using 1:(inside(bar($3,$4,6.333449038273035,1112.3669765261084),6.333449038273035,1112.3669765261084)):(0):(inside($4,6.333449038273035,1112.3669765261084)-inside($3,6.333449038273035,1112.3669765261084)) with vectors nohead ls 106 notitle, \
     stem.'.dat' index 1 using 1:2 with points ls 201 notitle, \
     stem.'.dat' index 2 using 1:2 with points ls 202 notitle, \
     stem.'.dat' index 3 using 1:2 with points ls 203 notitle, \
     stem.'.dat' index 4 using 1:2 with points ls 204 notitle, \
     stem.'.dat' index 5 using 1:2 with points ls 205 notitle, \
     stem.'.dat' index 6 using 1:2 with points ls 206 notitle
unset label 1001
unset arrow 1001
unset arrow 1002
unset arrow 1003
unset arrow 1004
unset label
unset arrow
unset multiplot
unset output
}
